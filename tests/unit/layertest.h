/* SPDX-License-Identifier: MIT */
/* layertest: layers made entry by entry and applied, for tests of it. */
#pragma once

#include "test.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "base/fs.h"
#include "layer/layer.h"
#include "layer/whiteout.h"
#include "tar.h"

#pragma GCC diagnostic ignored "-Wunused-function"

static char dir_path[300], outside_path[320];
static int dir, root;
static struct strbuf tar;
static const char *said;
static struct layer_spec spec;

static int setup(void **state)
{
	(void)state;
	dir = test_dir(dir_path, sizeof(dir_path));
	snprintf(outside_path, sizeof(outside_path), "%s/outside", dir_path);
	assert_int_equal(mkdirat(dir, "root", 0755), 0);
	assert_int_equal(mkdirat(dir, "outside", 0755), 0);
	assert_int_equal(mknodat(dir, "outside/sentinel", S_IFREG | 0600, 0), 0);
	root = openat(dir, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	spec = (struct layer_spec)LAYER_SPEC_INIT;
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

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("needs root: owners and devices\n");
	skip();
}

/* A shell runs it; where its output goes. */
static pid_t start_command(const char *command, int out_fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(out_fd, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static int run_command(const char *command)
{
	pid_t pid = start_command(command, STDERR_FILENO);
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int apply_fd(int fd)
{
	struct capture c = capture_start(stderr);
	int r = layer_apply(fd, &spec, root, "the layer");

	said = capture_end(&c);
	close(fd);
	strbuf_clear(&tar);
	return r;
}

/* Apply the bytes of tar, as they are. */
static int apply_bytes(void)
{
	int fd = memfd_create("layer", MFD_CLOEXEC);

	assert_int_equal(write_all(fd, tar.buf, tar.len), 0);
	lseek(fd, 0, SEEK_SET);
	return apply_fd(fd);
}

static void apply(void)
{
	int r;

	tar_end(&tar);
	r = apply_bytes();
	if (r < 0)
		print_error("%s", said);
	assert_int_equal(r, 0);
	assert_string_equal(said, "");
}

static void assert_said(const char *text)
{
	if (!strstr(said, text))
		print_error("'%s' is not in: %s", text, said);
	assert_non_null(strstr(said, text));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

/* It fails, and says the text; outside the root everything is as it was. */
static void refused(const char *text)
{
	tar_end(&tar);
	assert_true(apply_bytes() < 0);
	assert_said(text);
	assert_true(exists_at(dir, "outside/sentinel"));
	assert_int_equal(unlinkat(dir, "outside", AT_REMOVEDIR), -1);
	assert_int_equal(errno, ENOTEMPTY);
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

/* What the tests of whiteouts begin with. */
static void lower(void)
{
	add_dir("d");
	add_file("d/one", "lower");
	add_file("d/two", "lower");
	add_dir("d/sub");
	add_file("d/sub/deep", "lower");
	add_dir("d/other/deeper");
	add_file("d/other/deeper/f", "lower");
	add_file("f", "lower");
	add_link("dangling", "/no/where");
	add_link("absolute", outside_path);
	add_link("to-dir", "d");
	apply();
}
