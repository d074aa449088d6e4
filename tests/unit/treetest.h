/* SPDX-License-Identifier: MIT */
/* treetest: tarballs made entry by entry, what became of them in a root, and that it stayed in there. */
#pragma once

#include "test.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fs.h"
#include "tar.h"

#pragma GCC diagnostic ignored "-Wunused-function"

static char dir_path[300], outside_path[320];
static int dir, root;
static struct strbuf tar;
static const char *said;

static void make_outside(void)
{
	assert_int_equal(mkdirat(dir, "outside", 0755), 0);
	assert_int_equal(mknodat(dir, "outside/sentinel", S_IFREG | 0600, 0), 0);
}

static int setup(void **state)
{
	(void)state;
	dir = test_dir(dir_path, sizeof(dir_path));
	snprintf(outside_path, sizeof(outside_path), "%s/outside", dir_path);
	assert_int_equal(mkdirat(dir, "root", 0755), 0);
	make_outside();
	root = openat(dir, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	strbuf_done(&tar);
	close(root);
	close(dir);
	return rmtree_at(AT_FDCWD, dir_path);
}

/* The bytes of tar, as they are, in a file; they are gone from tar. */
static int tar_file(void)
{
	int fd = memfd_create("tar", MFD_CLOEXEC);

	assert_int_equal(write_all(fd, tar.buf, tar.len), 0);
	lseek(fd, 0, SEEK_SET);
	strbuf_clear(&tar);
	return fd;
}

static void assert_said(const char *text)
{
	if (!strstr(said, text))
		print_error("'%s' is not in: %s", text, said);
	assert_non_null(strstr(said, text));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void assert_silent(int r)
{
	if (r < 0)
		print_error("%s", said);
	assert_int_equal(r, 0);
	assert_string_equal(said, "");
}

/* It failed, and said the text; outside the root everything is as it was. */
static void assert_refused(int r, const char *text)
{
	struct stat st;

	assert_true(r < 0);
	assert_said(text);
	assert_int_equal(fstatat(dir, "outside/sentinel", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(unlinkat(dir, "outside/sentinel", 0), 0);
	assert_int_equal(unlinkat(dir, "outside", AT_REMOVEDIR), 0);
	make_outside();
}

static struct stat stat_of(const char *path)
{
	struct stat st = { 0 };

	assert_int_equal(fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void assert_content(const char *path, const char *text)
{
	char *got = NULL;

	assert_int_equal(read_file_at(root, path, 1 << 20, &got), 0);
	assert_string_equal(got, text);
	free(got);
}

static void assert_link(const char *path, const char *target)
{
	char got[256] = "";

	assert_true(readlinkat(root, path, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, target);
}

static bool is_there(const char *path)
{
	return exists_at(root, path);
}

static void add_dir(const char *name)
{
	tar_add(&tar, (struct tar_entry){ .name = name, .type = '5', .mode = 0755, .mtime = 500 });
}

static void add_file(const char *name, const char *text)
{
	tar_add(&tar, (struct tar_entry){ .name = name, .type = '0', .mode = 0644, .data = text });
}

static void add_link(const char *name, const char *target)
{
	tar_add(&tar, (struct tar_entry){ .name = name, .link = target, .type = '2', .mode = 0777 });
}

static void add_hard_link(const char *name, const char *target)
{
	tar_add(&tar,
		(struct tar_entry){ .name = name, .link = target, .type = '1', .mode = 0600, .uid = 7 });
}
