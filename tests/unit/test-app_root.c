/* SPDX-License-Identifier: MIT */
/* What the tree of an application is completed with, and that a hostile one is not left on the way. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "app/root.h"
#include "base/fs.h"

static int dir = -1, root = -1;

static int setup(void **state)
{
	(void)state;
	dir = test_dir(NULL, 0);
	assert_int_equal(mkdirat(dir, "root", 0755), 0);
	assert_int_equal(mkdirat(dir, "outside", 0755), 0);
	root = openat(dir, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	return 0;
}

static int teardown(void **state)
{
	struct stat st;

	(void)state;
	/* Nothing has been made outside of the tree. */
	assert_int_equal(fstatat(dir, "outside", &st, 0), 0);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(unlinkat(dir, "outside", AT_REMOVEDIR), 0);
	close(root);
	close(dir);
	return 0;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode;
}

static void test_empty(void **state)
{
	(void)state;
	umask(077);
	assert_int_equal(app_root_prepare(root), 0);
	umask(022);
	assert_int_equal(mode_of("dev"), S_IFDIR | 0755);
	assert_int_equal(mode_of("proc"), S_IFDIR | 0755);
	assert_int_equal(mode_of("sys"), S_IFDIR | 0755);
	assert_int_equal(mode_of("etc"), S_IFDIR | 0755);
	assert_int_equal(mode_of("run"), S_IFDIR | 0755);
	assert_int_equal(mode_of("tmp"), S_IFDIR | 01777);
	assert_int_equal(mode_of("var/run"), S_IFDIR | 0755);
	assert_int_equal(mode_of("var/tmp"), S_IFDIR | 01777);
	for (const char *const *path = app_root_files; *path; path++)
		assert_true(S_ISREG(mode_of(*path)));
	assert_int_equal(app_root_prepare(root), 0);
}

static void test_what_is_there_stays(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(root, "tmp", 0700), 0);
	assert_int_equal(mkdirat(root, "proc", 0555), 0);
	assert_int_equal(mkdirat(root, "run", 0711), 0);
	assert_int_equal(mkdirat(root, "var", 0750), 0);
	assert_int_equal(symlinkat("/run", root, "var/run"), 0);
	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	assert_int_equal(symlinkat("/run/resolv.conf", root, "etc/resolv.conf"), 0);
	assert_int_equal(app_root_prepare(root), 0);
	assert_int_equal(mode_of("tmp"), S_IFDIR | 0700);
	assert_int_equal(mode_of("proc"), S_IFDIR | 0555);
	assert_int_equal(mode_of("run"), S_IFDIR | 0711);
	assert_int_equal(mode_of("var"), S_IFDIR | 0750);
	assert_true(S_ISLNK(mode_of("var/run")));
	assert_true(S_ISLNK(mode_of("etc/resolv.conf")));
	assert_true(S_ISREG(mode_of("run/resolv.conf")));
}

static void test_links_to_the_outside(void **state)
{
	static const char *const names[] = { "etc", "run", "tmp", "var" };
	char target[300], path[256];

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	assert_true(readlink(path, target, 256) > 0);
	snprintf(strchr(target, 0), 40, "/outside");
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(symlinkat(i % 2 ? "../outside" : target, root, names[i]), 0);
	assert_int_equal(app_root_prepare(root), 0);
}

static void test_what_cannot_be_mounted_on(void **state)
{
	(void)state;
	assert_int_equal(symlinkat("../outside", root, "dev"), 0);
	assert_int_equal(app_root_prepare(root), -ENOTDIR);
	assert_int_equal(unlinkat(root, "dev", 0), 0);
	assert_int_equal(mkfifoat(root, "proc", 0644), 0);
	assert_int_equal(app_root_prepare(root), -ENOTDIR);
	assert_int_equal(unlinkat(root, "proc", 0), 0);
	assert_int_equal(symlinkat("nowhere", root, "sys"), 0);
	assert_int_equal(app_root_prepare(root), -ENOTDIR);
}

/* Files and FIFOs where directories should be: nothing hangs, and the program can still be run. */
static void test_odd_ones(void **state)
{
	(void)state;
	assert_int_equal(mkfifoat(root, "tmp", 0644), 0);
	assert_int_equal(symlinkat("nowhere/at/all", root, "run"), 0);
	assert_int_equal(symlinkat("var", root, "var"), 0);
	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	assert_int_equal(mkfifoat(root, "etc/hosts", 0644), 0);
	assert_int_equal(symlinkat("hostname", root, "etc/hostname"), 0);
	assert_int_equal(app_root_prepare(root), 0);
	assert_true(S_ISFIFO(mode_of("etc/hosts")));
	assert_true(S_ISREG(mode_of("etc/resolv.conf")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_there_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links_to_the_outside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_mounted_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd_ones, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
