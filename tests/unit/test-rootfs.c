/* SPDX-License-Identifier: MIT */
/* Root filesystems: layers and views, who uses them, how they come and go, what is left over. */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "container/rootfs.h"
#include "container/stage.h"

static char dir_path[300], config_path[320];
static struct store store;
static struct capture capture;
static const char *said;

static int setup(void **state)
{
	char text[400];
	int dir = test_dir(dir_path, sizeof(dir_path));

	(void)state;
	snprintf(config_path, sizeof(config_path), "%s/conf", dir_path);
	snprintf(text, sizeof(text), "[sdme]\ndatadir=%s/data\n", dir_path);
	assert_int_equal(write_file_atomic_at(dir, "conf", text, 0600, 0), 0);
	close(dir);
	return store_open(STORE_WRITE, config_path, &store);
}

static int teardown(void **state)
{
	(void)state;
	store_close(&store);
	return rmtree_at(AT_FDCWD, dir_path);
}

/* What is said between these two is in said. */
static void listen(void)
{
	capture = capture_start(stderr);
}

static int heard(int r)
{
	said = capture_end(&capture);
	return r;
}
#define HEAR(call) (listen(), heard(call))

static void make_file(int dir_fd, const char *path, const char *text)
{
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void make_rootfs(const char *name, const char *meta)
{
	char file[80];

	assert_int_equal(mkdirat(store.fs_fd, name, 0755), 0);
	snprintf(file, sizeof(file), ".%s.meta", name);
	if (meta)
		make_file(store.fs_fd, file, meta);
	snprintf(file, sizeof(file), "%s/%s", name, name);
	make_file(store.fs_fd, file, name);
}

static bool is_there(const char *name)
{
	return exists_at(store.fs_fd, name);
}

static void test_layers(void **state)
{
	int fds[4];

	(void)state;
	make_rootfs("top", "BASE=middle\n");
	make_rootfs("middle", "BASE=bottom\nDISTRO=x\n");
	make_rootfs("bottom", NULL);
	assert_int_equal(rootfs_layers(&store, "top", fds, 4), 3);
	assert_true(exists_at(fds[0], "top") && exists_at(fds[1], "middle") && exists_at(fds[2], "bottom"));
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	assert_int_equal(HEAR(rootfs_layers(&store, "top", fds, 2)), -ELOOP);
	assert_int_equal(rootfs_layers(&store, "bottom", fds, 4), 1);
	close(fds[0]);
}

static void test_layers_that_are_wrong(void **state)
{
	int fds[4];

	(void)state;
	assert_int_equal(HEAR(rootfs_layers(&store, "absent", fds, 4)), -ENOENT);
	assert_non_null(strstr(said, "there is no root filesystem 'absent'"));
	assert_int_equal(HEAR(rootfs_layers(&store, "../state", fds, 4)), -ENOENT);
	make_rootfs("loop", "BASE=loop\n");
	assert_int_equal(HEAR(rootfs_layers(&store, "loop", fds, 4)), -ELOOP);
	make_rootfs("orphan", "BASE=gone\n");
	assert_int_equal(HEAR(rootfs_layers(&store, "orphan", fds, 4)), -ENOENT);
	assert_non_null(strstr(said, "'gone'"));
	make_rootfs("escape", "BASE=../../etc\n");
	assert_int_equal(HEAR(rootfs_layers(&store, "escape", fds, 4)), -ENOENT);
	make_rootfs("damaged", "no equals sign\n");
	assert_true(HEAR(rootfs_layers(&store, "damaged", fds, 4)) < 0);
	assert_non_null(strstr(said, ".damaged.meta"));
	/* A link in the place of a tree is none, whatever it leads to. */
	assert_int_equal(symlinkat("/etc", store.fs_fd, "link"), 0);
	assert_int_equal(HEAR(rootfs_layers(&store, "link", fds, 4)), -ENOENT);
	make_file(store.fs_fd, "file", "x");
	assert_int_equal(HEAR(rootfs_layers(&store, "file", fds, 4)), -ENOENT);
}

static void test_list(void **state)
{
	struct strv names = STRV_INIT;
	char *joined, *os;

	(void)state;
	make_rootfs("b", NULL);
	make_rootfs("a", "DISTRO=Some Linux\n");
	make_file(store.fs_fd, "file", "x");
	assert_int_equal(symlinkat("a", store.fs_fd, "link"), 0);
	assert_int_equal(mkdirat(store.fs_fd, ".a.import-txn-1", 0700), 0);
	assert_int_equal(mkdirat(store.fs_fd, "Not-a-name", 0700), 0);
	assert_int_equal(rootfs_list(&store, &names), 0);
	joined = strv_join(&names, " ");
	assert_string_equal(joined, "a b");
	free(joined);
	strv_done(&names);
	os = rootfs_os(&store, "a");
	assert_string_equal(os, "Some Linux");
	free(os);
	os = rootfs_os(&store, "b");
	assert_string_equal(os, "unknown");
	free(os);
	assert_int_equal(mkdirat(store.fs_fd, "b/etc", 0755), 0);
	make_file(store.fs_fd, "b/etc/os-release", "PRETTY_NAME='Live'\n");
	os = rootfs_os(&store, "b");
	assert_string_equal(os, "Live");
	free(os);
}

static void test_view(void **state)
{
	int fd;

	(void)state;
	make_rootfs("bottom", NULL);
	make_rootfs("top", "BASE=bottom\n");
	make_file(store.fs_fd, "bottom/both", "below");
	make_file(store.fs_fd, "top/both", "above");
	fd = rootfs_view(&store, "bottom");
	assert_true(fd >= 0);
	assert_true(exists_at(fd, "bottom") && !exists_at(fd, "top"));
	close(fd);
	listen();
	fd = heard(rootfs_view(&store, "top"));
	if (fd == -EPERM || fd == -ENODEV) {
		print_message("no overlay can be mounted here\n");
		skip();
	}
	assert_true(fd >= 0);
	assert_true(exists_at(fd, "bottom") && exists_at(fd, "top"));
	char *text = NULL;

	assert_int_equal(read_file_at(fd, "both", 100, &text), 0);
	assert_string_equal(text, "above");
	free(text);
	assert_int_equal(mkdirat(fd, "new", 0755), -1);
	assert_int_equal(errno, EROFS);
	close(fd);
}

static void test_uses(void **state)
{
	struct rootfs_uses uses = ROOTFS_USES_INIT;
	struct strv users = STRV_INIT;
	char *joined;

	(void)state;
	make_rootfs("a", NULL);
	make_rootfs("ab", "BASE=a\n");
	assert_int_equal(HEAR(rootfs_check_unused(&store, "a")), -EBUSY);
	assert_non_null(strstr(said, "fs 'a' is the base of fs 'ab'"));
	assert_int_equal(rootfs_check_unused(&store, "ab"), 0);
	make_file(store.state_fd, "one", "CREATED=1\nNAME=one\nROOTFS=ab\n");
	make_file(store.state_fd, "two", "ROOTFS=a\nNAME=two");
	make_file(store.state_fd, "damaged", "not a pair\n ROOTFS=ab \n");
	make_file(store.state_fd, "other", "XROOTFS=ab\nROOTFS=\n");
	assert_int_equal(rootfs_read_uses(&store, &uses), 0);
	rootfs_used_by(&uses, "ab", &users);
	joined = strv_join(&users, " ");
	assert_string_equal(joined, "damaged one");
	free(joined);
	strv_done(&users);
	rootfs_uses_done(&uses);
	assert_int_equal(HEAR(rootfs_check_unused(&store, "ab")), -EBUSY);
	assert_non_null(strstr(said, "fs 'ab' is in use by container 'damaged'"));
	assert_int_equal(HEAR(stage_remove(&store, "ab")), -EBUSY);
	assert_true(is_there("ab/ab"));
}

static void test_sort_for_removal(void **state)
{
	struct strv names = STRV_INIT;
	char *joined;

	(void)state;
	make_rootfs("a", NULL);
	make_rootfs("b", "BASE=a\n");
	make_rootfs("c", "BASE=b\n");
	make_rootfs("x", "BASE=y\n");
	make_rootfs("y", "BASE=x\n");
	strv_split(&names, "a b c x y", ' ');
	rootfs_sort_for_removal(&store, &names);
	joined = strv_join(&names, " ");
	assert_string_equal(joined, "c b a x y");
	free(joined);
	strv_done(&names);
}

/* --- transactions ------------------------------------------------------------------------- */

static int import(const char *name, const char *content, bool replace)
{
	cleanup_stage struct stage stage = STAGE_INIT;
	cleanup_kvfile struct kvfile meta = KVFILE_INIT;
	int r = stage_begin(&store, name, replace, &stage);

	if (r < 0)
		return r;
	make_file(stage.fd, "content", content);
	kvfile_set(&meta, "DISTRO", content);
	return stage_commit(&stage, &meta, replace);
}

static void assert_import(const char *name, const char *content)
{
	char path[80], *text = NULL, *os = rootfs_os(&store, name);
	struct stat st;

	snprintf(path, sizeof(path), "%s/content", name);
	assert_int_equal(fstatat(store.fs_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(read_file_in_root(store.fs_fd, path, 100, &text), 0);
	assert_string_equal(text, content);
	assert_string_equal(os, content);
	free(text);
	free(os);
}

static int count_entries(void)
{
	int n = 0, fd = openat(store.fs_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fdopendir(fd);

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void test_import(void **state)
{
	struct stage stage = STAGE_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(import("a", "one", false), 0);
	assert_import("a", "one");
	assert_int_equal(fstatat(store.fs_fd, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(count_entries(), 2);
	assert_int_equal(HEAR(import("a", "two", false)), -EEXIST);
	assert_non_null(strstr(said, "--force"));
	assert_import("a", "one");
	assert_int_equal(import("a", "two", true), 0);
	assert_import("a", "two");
	assert_int_equal(count_entries(), 2);
	assert_int_equal(import("new", "three", true), 0);
	assert_import("new", "three");
	make_file(store.state_fd, "user", "NAME=user\nROOTFS=a\n");
	assert_int_equal(HEAR(import("a", "four", true)), -EBUSY);
	/* Before anything is unpacked. */
	assert_int_equal(HEAR(stage_begin(&store, "a", true, &stage)), -EBUSY);
	assert_import("a", "two");
	assert_int_equal(count_entries(), 4);
}

/* Somebody began to use it while the new one was made. */
static void test_replace_is_checked_again(void **state)
{
	cleanup_stage struct stage stage = STAGE_INIT;
	cleanup_kvfile struct kvfile meta = KVFILE_INIT;

	(void)state;
	assert_int_equal(import("a", "one", false), 0);
	assert_int_equal(stage_begin(&store, "a", true, &stage), 0);
	make_file(store.state_fd, "user", "NAME=user\nROOTFS=a\n");
	assert_int_equal(HEAR(stage_commit(&stage, &meta, true)), -EBUSY);
	stage_done(&stage);
	assert_import("a", "one");
	assert_int_equal(count_entries(), 2);
}

static void test_locks(void **state)
{
	struct stage stage = STAGE_INIT;
	int lock;

	(void)state;
	assert_int_equal(import("a", "one", false), 0);
	lock = store_lock(&store, "fs", "a", LOCK_MODE_SHARED);
	assert_true(lock >= 0);
	assert_int_equal(HEAR(import("a", "two", true)), -EBUSY);
	assert_int_equal(HEAR(stage_remove(&store, "a")), -EBUSY);
	close(lock);
	/* What is being staged is left alone by others. */
	assert_int_equal(stage_begin(&store, "b", false, &stage), 0);
	assert_int_equal(HEAR(import("b", "x", false)), -EBUSY);
	assert_int_equal(stage_gc(&store), 0);
	assert_true(is_there(stage.dir));
	stage_done(&stage);
	assert_int_equal(count_entries(), 2);
	/* No lock file stays of what is not there. */
	assert_false(exists_at(store.locks_fd, "fs/b.lock"));
	assert_int_equal(stage_remove(&store, "a"), 0);
	assert_int_equal(count_entries(), 0);
	assert_false(exists_at(store.locks_fd, "fs/a.lock"));
}

static void test_gc(void **state)
{
	(void)state;
	make_rootfs("a", "DISTRO=x\n");
	assert_int_equal(mkdirat(store.fs_fd, ".a.import-txn-1", 0700), 0);
	make_file(store.fs_fd, ".a.import-txn-1/f", "x");
	assert_int_equal(mkdirat(store.fs_fd, ".b.remove-txn-99999999", 0), 0);
	make_file(store.fs_fd, ".b.meta", "DISTRO=x\n");
	make_file(store.fs_fd, ".c.meta.new", "TREE=1\n");
	make_file(store.fs_fd, "..c.meta.new.tmp-12", "TR");
	make_file(store.fs_fd, ".d.build-txn-3", "a file in the place of a tree");
	/* Not ours to judge. */
	make_file(store.fs_fd, ".hidden", "x");
	make_file(store.fs_fd, ".a.import-txn-", "x");
	make_file(store.fs_fd, ".a.import-txn-1x", "x");
	make_file(store.fs_fd, ".BAD.import-txn-1", "x");
	assert_int_equal(stage_gc(&store), 6);
	assert_int_equal(count_entries(), 6);
	assert_true(is_there("a/a") && is_there(".a.meta"));
	assert_int_equal(stage_gc(&store), 0);
}

/* What cannot be removed is told and stays; the rest goes, and metas before their trees. */
static void test_gc_goes_on(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(mkdirat(store.fs_fd, ".b.import-txn-1", 0700), 0);
	assert_int_equal(mkdirat(store.fs_fd, ".b.import-txn-1/stubborn", 0700), 0);
	make_file(store.fs_fd, ".b.meta.new", "TREE=1\n");
	assert_int_equal(mkdirat(store.fs_fd, ".a.import-txn-1", 0700), 0);
	assert_int_equal(mkdirat(store.fs_fd, ".c.import-txn-1", 0700), 0);
	fd = openat(store.fs_fd, ".b.import-txn-1/stubborn", O_PATH | O_CLOEXEC);
	if (mount("none", fd_path(fd).path, "tmpfs", 0, NULL) < 0) {
		close(fd);
		print_message("nothing can be mounted here\n");
		skip();
	}
	close(fd);
	listen();
	assert_int_equal(heard(stage_gc(&store)), -EBUSY);
	assert_non_null(strstr(said, ".b.import-txn-1': Device or resource busy"));
	fd = openat(store.fs_fd, ".b.import-txn-1/stubborn", O_PATH | O_CLOEXEC);
	assert_int_equal(umount2(fd_path(fd).path, MNT_DETACH), 0);
	close(fd);
	assert_int_equal(count_entries(), 1);
	assert_true(is_there(".b.import-txn-1/stubborn"));
	assert_int_equal(stage_gc(&store), 1);
}

/* Killed between the last two renames, at all three places where that differs. */
static void test_meta_belongs_to_the_tree(void **state)
{
	char text[64], *os;
	struct stat st;

	(void)state;
	/* Before the tree was renamed: the new meta is void. */
	assert_int_equal(import("a", "one", false), 0);
	make_file(store.fs_fd, ".a.meta.new", "DISTRO=two\nTREE=1\n");
	os = rootfs_os(&store, "a");
	assert_string_equal(os, "one");
	free(os);
	assert_int_equal(stage_gc(&store), 1);
	assert_import("a", "one");
	/* After it: the new meta counts at once, and stays. */
	assert_int_equal(fstatat(store.fs_fd, "a", &st, 0), 0);
	snprintf(text, sizeof(text), "DISTRO=two\nTREE=%llu\n", (unsigned long long)st.st_ino);
	make_file(store.fs_fd, ".a.meta.new", text);
	os = rootfs_os(&store, "a");
	assert_string_equal(os, "two");
	free(os);
	assert_int_equal(stage_gc(&store), 1);
	os = rootfs_os(&store, "a");
	assert_string_equal(os, "two");
	free(os);
	assert_int_equal(count_entries(), 2);
}

/* Kill an import at any point: the old one or the new one is there, and the next command cleans up. */
static void test_killed(void **state)
{
	(void)state;
	assert_int_equal(import("a", "old", false), 0);
	for (int round = 0; round < 150; round++) {
		char *os;
		pid_t child = fork();

		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (int i = 0;; i++)
				(void)import("a", i % 2 ? "old" : "new", true);
		}
		usleep((unsigned)(rand() % 5000));
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		os = rootfs_os(&store, "a");
		assert_import("a", os);
		free(os);
		assert_true(stage_gc(&store) >= 0);
		assert_int_equal(count_entries(), 2);
		os = rootfs_os(&store, "a");
		assert_import("a", os);
		free(os);
	}
}

/* The importer is dead, a worker of it is not quite yet: gc waits for it. */
static void test_worker_outlives(void **state)
{
	int ready[2];
	char byte;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(mkdirat(store.fs_fd, ".a.import-txn-1", 0700), 0);
	child = fork();
	if (child == 0) {
		int fd = openat(store.fs_fd, ".a.import-txn-1", O_RDONLY | O_DIRECTORY);

		flock(fd, LOCK_EX);
		(void)!write(ready[1], "x", 1);
		usleep(100000);
		for (int i = 0; i < 100; i++)
			make_file(fd, "late", "x");
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(stage_gc(&store), 1);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(count_entries(), 0);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_layers),
		TEST(test_layers_that_are_wrong),
		TEST(test_list),
		TEST(test_view),
		TEST(test_uses),
		TEST(test_sort_for_removal),
		TEST(test_import),
		TEST(test_replace_is_checked_again),
		TEST(test_locks),
		TEST(test_gc),
		TEST(test_gc_goes_on),
		TEST(test_meta_belongs_to_the_tree),
		TEST(test_killed),
		TEST(test_worker_outlives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
