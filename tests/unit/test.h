/* SPDX-License-Identifier: MIT */
/* test: what every unit test includes: cmocka, a directory to work in, and what went to stderr. */
#pragma once

/* cmocka.h needs these in front of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct test_dirs {
	pid_t owner;
	size_t n;
	char (*names)[256];
} test_dirs;

static int test_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	(void)remove(path);
	return 0;
}

/* With the C library's means alone, because ours are what is tested. */
__attribute__((unused)) static void test_dirs_remove(void)
{
	if (getpid() != test_dirs.owner) /* a child of a test that comes to its end */
		return;
	for (size_t i = 0; i < test_dirs.n; i++)
		(void)nftw(test_dirs.names[i], test_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(test_dirs.names);
}

/* A fresh directory of the test's own, which is gone when the program ends; a descriptor. *path is filled
 * when it is not NULL. */
__attribute__((unused)) static int test_dir(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	char name[256];
	int fd;

	snprintf(name, sizeof(name), "%s/sdme-unit-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(name));
	if (test_dirs.n == 0) {
		test_dirs.owner = getpid();
		assert_int_equal(atexit(test_dirs_remove), 0);
	}
	test_dirs.names = realloc(test_dirs.names, (test_dirs.n + 1) * sizeof(*test_dirs.names));
	assert_non_null(test_dirs.names);
	memcpy(test_dirs.names[test_dirs.n++], name, sizeof(name));
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	if (path)
		snprintf(path, size, "%s", name);
	return fd;
}

/* Catch what is written to a stream between these two. The text is static, valid until the next. */
struct capture {
	FILE *stream;
	int saved, file;
};

__attribute__((unused)) static struct capture capture_start(FILE *stream)
{
	struct capture c = { stream, -1, -1 };
	FILE *file = tmpfile();

	assert_non_null(file);
	fflush(stream);
	c.saved = dup(fileno(stream));
	c.file = dup(fileno(file));
	assert_true(c.saved >= 0 && c.file >= 0);
	dup2(c.file, fileno(stream));
	fclose(file);
	return c;
}

__attribute__((unused)) static const char *capture_end(struct capture *c)
{
	static char text[65536];
	ssize_t n;

	fflush(c->stream);
	dup2(c->saved, fileno(c->stream));
	n = pread(c->file, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	close(c->saved);
	close(c->file);
	return text;
}

__attribute__((unused)) static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("needs root: owners and devices\n");
	skip();
}
