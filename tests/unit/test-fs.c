/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fs.h"

static int dir;
static char dir_path[256];

static int setup(void **state)
{
	(void)state;
	dir = test_dir(dir_path, sizeof(dir_path));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(dir);
	return rmtree_at(AT_FDCWD, dir_path);
}

static void put(int dir_fd, const char *name, const char *text)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void assert_content(int dir_fd, const char *name, const char *expected)
{
	cleanup_free char *text = NULL;

	assert_int_equal(read_file_at(dir_fd, name, 1 << 20, &text), 0);
	assert_string_equal(text, expected);
}

static size_t count_entries(int dir_fd)
{
	DIR *d = fdopendir(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY));
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

/* --- in a root ---------------------------------------------------------------------------- */

static void test_open_in_root(void **state)
{
	static const char *const inside[] = { "f", "/f", "../../f", "a/../f", "a/up", "abs", "a/abs", "chain" };
	int root;

	(void)state;
	assert_int_equal(mkdirat(dir, "root", 0755), 0);
	put(dir, "f", "outside");
	root = openat(dir, "root", O_PATH | O_DIRECTORY);
	put(root, "f", "inside");
	assert_int_equal(mkdirat(root, "a", 0755), 0);
	assert_int_equal(symlinkat("../../../f", root, "a/up"), 0);
	assert_int_equal(symlinkat("/f", root, "abs"), 0);
	assert_int_equal(symlinkat("/f", root, "a/abs"), 0);
	assert_int_equal(symlinkat("/a/up", root, "chain"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
		cleanup_free char *text = NULL;

		assert_int_equal(read_file_in_root(root, inside[i], 100, &text), 0);
		assert_string_equal(text, "inside");
	}
	close(root);
}

static void test_open_in_root_fails(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(open_in_root(dir, "absent", O_RDONLY, 0), -ENOENT);
	assert_int_equal(symlinkat("loop", dir, "loop"), 0);
	assert_int_equal(open_in_root(dir, "loop", O_RDONLY, 0), -ELOOP);
	/* Magic links lead out of every root. */
	fd = open("/proc/self", O_PATH | O_DIRECTORY);
	assert_int_equal(open_in_root(fd, "root/etc", O_RDONLY, 0), -ELOOP);
	close(fd);
	fd = open_in_root(dir, "new", O_WRONLY | O_CREAT, 0640);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

static void test_mkdir_in_root(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(mkdirat(dir, "root", 0755), 0);
	assert_int_equal(symlinkat("/var", dir, "root/link"), 0);
	assert_int_equal(mkdirat(dir, "root/var", 0755), 0);
	fd = openat(dir, "root", O_PATH | O_DIRECTORY);
	umask(022);
	close(mkdir_in_root(fd, "/link/../../a//b/", 0750));
	assert_int_equal(fstatat(dir, "root/a/b", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	close(mkdir_in_root(fd, "link/x", 0755));
	assert_int_equal(fstatat(dir, "root/var/x", &st, 0), 0);
	close(mkdir_in_root(fd, "", 0755));
	close(mkdir_in_root(fd, "/", 0755));
	put(dir, "root/file", "");
	assert_int_equal(mkdir_in_root(fd, "file/x", 0755), -ENOTDIR);
	assert_int_equal(symlinkat("nowhere", dir, "root/dangling"), 0);
	assert_int_equal(mkdir_in_root(fd, "dangling/x", 0755), -ENOENT);
	assert_false(exists_at(dir, "a"));
	close(fd);
}

static void test_open_parent_in_root(void **state)
{
	const char *name;
	int fd;

	(void)state;
	fd = open_parent_in_root(dir, "/p/q/file", 0755, &name);
	assert_true(fd >= 0);
	assert_string_equal(name, "file");
	assert_true(exists_at(dir, "p/q"));
	assert_false(exists_at(dir, "p/q/file"));
	close(fd);
	fd = open_parent_in_root(dir, "plain", 0755, &name);
	assert_true(fd >= 0);
	assert_string_equal(name, "plain");
	close(fd);
	assert_int_equal(open_parent_in_root(dir, "p/..", 0755, &name), -EINVAL);
	assert_int_equal(open_parent_in_root(dir, ".", 0755, &name), -EINVAL);
	assert_int_equal(open_parent_in_root(dir, "p/", 0755, &name), -EINVAL);
	assert_int_equal(open_parent_in_root(dir, "", 0755, &name), -EINVAL);
}

/* --- reading and writing ------------------------------------------------------------------ */

static void test_read(void **state)
{
	char *text = NULL;
	int fd;

	(void)state;
	put(dir, "f", "12345");
	assert_content(dir, "f", "12345");
	put(dir, "empty", "");
	assert_content(dir, "empty", "");
	assert_int_equal(read_file_at(dir, "f", 5, &text), 0);
	free(text);
	text = NULL;
	assert_int_equal(read_file_at(dir, "f", 4, &text), -EFBIG);
	assert_int_equal(read_file_at(dir, ".", 4, &text), -EISDIR);
	assert_int_equal(read_file_at(dir, "absent", 4, &text), -ENOENT);
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(read_file_at(dir, "fifo", 4, &text), -ENOTSUP);
	assert_int_equal(read_file_in_root(dir, "fifo", 4, &text), -ENOTSUP);
	fd = openat(dir, "f", O_WRONLY);
	assert_int_equal(write_all(fd, "a\0b", 3), 0);
	close(fd);
	assert_int_equal(read_file_at(dir, "f", 100, &text), -EINVAL);
	assert_null(text);
	assert_int_equal(read_file_at(AT_FDCWD, "/dev/zero", 100, &text), -ENOTSUP);
}

static void test_pread_all(void **state)
{
	char got[8192];
	int fd;

	(void)state;
	put(dir, "f", "0123456789");
	fd = openat(dir, "f", O_RDWR | O_CLOEXEC);
	assert_int_equal(pread_all(fd, got, 4, 3), 4);
	assert_memory_equal(got, "3456", 4);
	assert_int_equal(pread_all(fd, got, sizeof(got), 8), 2);
	assert_memory_equal(got, "89", 2);
	assert_int_equal(pread_all(fd, got, 1, 10), 0);
	assert_int_equal(pread_all(fd, got, 0, 0), 0);
	assert_int_equal(ftruncate(fd, (5LL << 30) + 1), 0); /* beyond 32 bits */
	assert_int_equal(pread_all(fd, got, 2, 5ULL << 30), 1);
	close(fd);
	assert_int_equal(pread_all(dir, got, 1, 0), -EISDIR);
	/* The kernel gives a page of it at a time. */
	fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread_all(fd, got, sizeof(got), 0), sizeof(got));
	close(fd);
}

static void test_write_atomic(void **state)
{
	struct stat st;
	ino_t ino;

	(void)state;
	umask(077);
	assert_int_equal(write_file_atomic_at(dir, "f", "one", 0644, 0), 0);
	umask(022);
	assert_content(dir, "f", "one");
	assert_int_equal(fstatat(dir, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644); /* whatever the umask */
	ino = st.st_ino;
	assert_int_equal(write_file_atomic_at(dir, "f", "two", 0600, WRITE_EXCL), -EEXIST);
	assert_content(dir, "f", "one");
	assert_int_equal(write_file_atomic_at(dir, "f", "three", 0600, WRITE_NO_SYNC), 0);
	assert_content(dir, "f", "three");
	assert_int_equal(fstatat(dir, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_ino != ino);
	assert_int_equal(write_file_atomic_at(dir, "g", "", 0600, WRITE_EXCL), 0);
	assert_int_equal(write_file_atomic_at(dir, "no/g", "", 0600, 0), -ENOENT);
	assert_int_equal(mkdirat(dir, "d", 0755), 0);
	assert_int_equal(write_file_atomic_at(dir, "d", "", 0600, 0), -EISDIR);
	assert_int_equal(count_entries(dir), 3); /* no temporary file is left */
}

static void test_write_atomic_replaces_links(void **state)
{
	struct stat st;
	char temp[64];

	(void)state;
	put(dir, "target", "untouched");
	assert_int_equal(symlinkat("target", dir, "f"), 0);
	/* Somebody put a link where our temporary file goes. */
	snprintf(temp, sizeof(temp), ".f.tmp-%d", (int)getpid());
	assert_int_equal(symlinkat("target", dir, temp), 0);
	assert_int_equal(write_file_atomic_at(dir, "f", "new", 0600, 0), 0);
	assert_content(dir, "target", "untouched");
	assert_content(dir, "f", "new");
	assert_int_equal(fstatat(dir, "f", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void test_small_calls(void **state)
{
	struct stat st;

	(void)state;
	umask(077);
	assert_int_equal(ensure_dir_at(dir, "d", 0755), 0);
	umask(022);
	assert_int_equal(fstatat(dir, "d", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(ensure_dir_at(dir, "d", 0700), 0);
	put(dir, "f", "f");
	assert_int_equal(ensure_dir_at(dir, "f", 0700), -ENOTDIR);
	put(dir, "g", "g");
	assert_int_equal(rename_noreplace_at(dir, "f", dir, "g"), -EEXIST);
	assert_content(dir, "g", "g");
	assert_int_equal(rename_noreplace_at(dir, "f", dir, "h"), 0);
	assert_content(dir, "h", "f");
	assert_int_equal(symlinkat("nowhere", dir, "dangling"), 0);
	assert_true(exists_at(dir, "dangling"));
	assert_false(exists_at(dir, "f"));
	assert_int_equal(fsync_dir_at(dir, "."), 0);
	assert_int_equal(fsync_dir_at(dir, "absent"), -ENOENT);
}

/* --- removing ----------------------------------------------------------------------------- */

static void test_rmtree(void **state)
{
	(void)state;
	assert_int_equal(rmtree_at(dir, "absent"), 0);
	put(dir, "keep", "keep");
	assert_int_equal(mkdirat(dir, "t", 0755), 0);
	assert_int_equal(mkdirat(dir, "t/a", 0755), 0);
	assert_int_equal(mkdirat(dir, "t/a/b", 0), 0);
	assert_int_equal(mkdirat(dir, "t/c", 0500), 0);
	put(dir, "t/a/f", "");
	assert_int_equal(mkfifoat(dir, "t/a/fifo", 0600), 0);
	assert_int_equal(symlinkat("../keep", dir, "t/link"), 0);
	assert_int_equal(symlinkat("..", dir, "t/a/up"), 0);
	for (int i = 0; i < 500; i++) {
		char name[32];

		snprintf(name, sizeof(name), "t/a/%d", i);
		assert_int_equal(i % 2 ? mkdirat(dir, name, 0700) : symlinkat("x", dir, name), 0);
	}
	assert_int_equal(rmtree_at(dir, "t"), 0);
	assert_false(exists_at(dir, "t"));
	assert_content(dir, "keep", "keep");
	assert_int_equal(symlinkat("keep", dir, "link"), 0);
	assert_int_equal(rmtree_at(dir, "link"), 0);
	assert_content(dir, "keep", "keep");
	assert_int_equal(rmtree_at(dir, "keep"), 0);
	assert_int_equal(count_entries(dir), 0);
}

static bool protect(const char *path, int flags)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC), r = ioctl(fd, FS_IOC_SETFLAGS, &flags);

	close(fd);
	return r == 0;
}

static void test_rmtree_protected(void **state)
{
	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		int flag = turn ? FS_APPEND_FL : FS_IMMUTABLE_FL;

		assert_int_equal(mkdirat(dir, "t", 0700), 0);
		assert_int_equal(mkdirat(dir, "t/a", 0700), 0);
		assert_int_equal(mkdirat(dir, "t/a/b", 0700), 0);
		put(dir, "t/a/f", "");
		put(dir, "t/a/b/f", "");
		if (!protect("t/a/b/f", flag)) {
			assert_int_equal(rmtree_at(dir, "t"), 0);
			skip(); /* not root, or a file system without such flags */
		}
		assert_true(protect("t/a/f", flag) && protect("t/a/b", flag) && protect("t/a", flag) &&
			    protect("t", flag));
		assert_int_equal(unlinkat(dir, "t/a/f", 0), -1);
		assert_int_equal(rmtree_at(dir, "t"), 0);
		assert_false(exists_at(dir, "t"));
		put(dir, "f", "");
		assert_true(protect("f", flag));
		assert_int_equal(rmtree_at(dir, "f"), 0);
	}
}

static void test_rmtree_deep(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(mkdirat(dir, "t", 0755), 0);
	fd = openat(dir, "t", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 20000; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	put(fd, "f", "");
	close(fd);
	assert_int_equal(rmtree_at(dir, "t"), 0);
	assert_int_equal(count_entries(dir), 0);
}

/* In a mount namespace of its own: 0 when all is well, else the line that failed. */
#define CHECK(condition) \
	do {                             \
		if (!(condition))        \
			return __LINE__; \
	} while (0)

static int with_mounts(void)
{
	char there[300], other[300];

	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	close(dir); /* it is of the old namespace, where nothing gets mounted */
	dir = open(dir_path, O_RDONLY | O_DIRECTORY);
	CHECK(mkdirat(dir, "precious", 0755) == 0 && mkdirat(dir, "precious/x", 0755) == 0);
	CHECK(mkdirat(dir, "t", 0755) == 0 && mkdirat(dir, "t/a", 0755) == 0);
	snprintf(other, sizeof(other), "%s/precious", dir_path);
	snprintf(there, sizeof(there), "%s/t/a", dir_path);
	/* A directory of the same file system, that is: with the same device number. */
	CHECK(mount(other, there, NULL, MS_BIND, NULL) == 0);
	CHECK(rmtree_at(dir, "t") == -EBUSY);
	CHECK(rmtree_at(dir, "t/a") == -EBUSY);
	CHECK(exists_at(dir, "precious/x"));
	CHECK(umount(there) == 0);
	CHECK(mount("tmpfs", there, "tmpfs", 0, NULL) == 0);
	CHECK(mkdirat(dir, "t/a/y", 0755) == 0);
	CHECK(rmtree_at(dir, "t") == -EBUSY);
	CHECK(exists_at(dir, "t/a/y"));
	CHECK(umount(there) == 0);
	CHECK(rmtree_at(dir, "t") == 0);
	CHECK(!exists_at(dir, "t"));
	return 0;
}

static void test_rmtree_stops_at_mounts(void **state)
{
	int status;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		int line = unshare(CLONE_NEWNS) < 0 ? 255 : with_mounts();

		if (line && line != 255)
			print_error("line %d\n", line);
		_exit(line == 0 ? 0 : line == 255 ? 77 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("no mount namespace can be made here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_open_in_root),
		TEST(test_open_in_root_fails),
		TEST(test_mkdir_in_root),
		TEST(test_open_parent_in_root),
		TEST(test_read),
		TEST(test_pread_all),
		TEST(test_write_atomic),
		TEST(test_write_atomic_replaces_links),
		TEST(test_small_calls),
		TEST(test_rmtree),
		TEST(test_rmtree_protected),
		TEST(test_rmtree_deep),
		TEST(test_rmtree_stops_at_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
