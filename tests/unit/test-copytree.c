/* SPDX-License-Identifier: MIT */
/* A copy has all that the tree has, and the tree may be strange, deep or hostile. */
#include "test.h"

#include <errno.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "base/copydata.h"
#include "base/copytree.h"
#include "base/fs.h"
#include "base/inode.h"
#include "base/interrupt.h"
#include "base/treesize.h"

static char dir_path[300];
static int dir, from, to;
static char *failed_at;

static int setup(void **state)
{
	(void)state;
	dir = test_dir(dir_path, sizeof(dir_path));
	assert_int_equal(mkdirat(dir, "from", 0755), 0);
	assert_int_equal(mkdirat(dir, "to", 0700), 0);
	from = openat(dir, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to = openat(dir, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return from < 0 || to < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	free(failed_at);
	failed_at = NULL;
	close(from);
	close(to);
	close(dir);
	return rmtree_at(AT_FDCWD, dir_path);
}

static int copy(void)
{
	const struct copytree what = { .from_fd = from, .to_fd = to, .except_fd = -1 };

	return copytree(&what, &failed_at);
}

static struct stat stat_of(int dir_fd, const char *path)
{
	struct stat st = { 0 };

	assert_int_equal(fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void make_file(int dir_fd, const char *path, const char *text)
{
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void assert_same(const char *path)
{
	struct stat a = stat_of(from, path), b = stat_of(to, path);

	assert_int_equal(a.st_mode, b.st_mode);
	assert_int_equal(a.st_uid, b.st_uid);
	assert_int_equal(a.st_gid, b.st_gid);
	assert_int_equal(a.st_rdev, b.st_rdev);
	assert_int_equal(a.st_nlink, b.st_nlink);
	if (!S_ISDIR(a.st_mode))
		assert_int_equal(a.st_size, b.st_size);
	assert_int_equal(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
	assert_int_equal(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
	assert_int_not_equal(a.st_ino, b.st_ino);
}

static void set_mtime(const char *path, time_t seconds, long nanoseconds)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_NOW },
					   { .tv_sec = seconds, .tv_nsec = nanoseconds } };

	assert_int_equal(utimensat(from, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void test_kinds(void **state)
{
	static const char *const paths[] = { ".", "d", "d/f", "d/l", "c", "b", "p", "s", "new\nline \xff" };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char target[8] = "";
	int s;

	(void)state;
	need_root();
	assert_int_equal(mkdirat(from, "d", 0755), 0);
	make_file(from, "d/f", "text");
	make_file(from, "new\nline \xff", "");
	assert_int_equal(symlinkat("/x\xff", from, "d/l"), 0);
	assert_int_equal(mknodat(from, "c", S_IFCHR | 0620, makedev(1, 3)), 0);
	assert_int_equal(mknodat(from, "b", S_IFBLK | 0660, makedev(8, 300)), 0);
	assert_int_equal(mknodat(from, "p", S_IFIFO | 0600, 0), 0);
	assert_int_equal(mknodat(from, "whiteout", S_IFCHR | 0600, 0), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/s", from);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s, (struct sockaddr *)&address, sizeof(address)), 0);
	close(s);
	assert_int_equal(fchownat(from, "d/f", 70000, 4000000000, 0), 0);
	assert_int_equal(fchmodat(from, "d/f", 06751, 0), 0);
	assert_int_equal(fchownat(from, "d/l", 5, 6, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(fchmodat(from, "d", 03775, 0), 0);
	for (size_t i = ARRAY_SIZE(paths); i-- > 0;)
		set_mtime(paths[i], 1000000000 + (time_t)i, 123456789 + (long)i);
	set_mtime("b", -1000, 1);

	assert_int_equal(copy(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_same(paths[i]);
	assert_int_equal(readlinkat(to, "d/l", target, sizeof(target)), 3);
	assert_memory_equal(target, "/x\xff", 3);
	assert_false(exists_at(to, "whiteout"));
}

static void test_attributes(void **state)
{
	static const char capability[] = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
	static const char acl[] = "\x02\0\0\0\x01\0\x07\0\xff\xff\xff\xff\x02\0\x07\0\xa0\x0f\0\0"
				  "\x04\0\x05\0\xff\xff\xff\xff\x10\0\x07\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff";
	char value[128], path[64];
	int fd, copied;

	(void)state;
	need_root();
	assert_int_equal(mkdirat(from, "d", 0755), 0);
	make_file(from, "d/f", "text");
	assert_int_equal(symlinkat("x", from, "l"), 0);
	fd = openat(from, "d/f", O_RDWR | O_CLOEXEC);
	assert_int_equal(fsetxattr(fd, "user.note", "a\0b", 3, 0), 0);
	assert_int_equal(fsetxattr(fd, "security.capability", capability, 20, 0), 0);
	assert_int_equal(fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0), 0);
	assert_int_equal(fsetxattr(fd, "user.overlay.redirect", "/etc", 4, 0), 0);
	assert_int_equal(fsetxattr(fd, "trusted.kept", "k", 1, 0), 0);
	assert_int_equal(fsetxattr(fd, "system.posix_acl_access", acl, sizeof(acl) - 1, 0), 0);
	close(fd);
	fd = openat(from, "d", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fsetxattr(fd, "system.posix_acl_default", acl, sizeof(acl) - 1, 0), 0);
	close(fd);
	make_file(from, "d/plain", "");
	fd = openat(from, "d/plain", O_RDWR | O_CLOEXEC);
	assert_int_equal(inode_clear_acl(fd), 0);
	close(fd);
	fd = openat(from, "l", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	assert_int_equal(inode_set_xattr(fd, "trusted.link", "t", 1), 0);
	close(fd);

	assert_int_equal(copy(), 0);
	copied = openat(to, "d/f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(copied, "user.note", value, sizeof(value)), 3);
	assert_memory_equal(value, "a\0b", 3);
	assert_int_equal(fgetxattr(copied, "security.capability", value, sizeof(value)), 20);
	assert_memory_equal(value, capability, 20);
	assert_int_equal(fgetxattr(copied, "trusted.kept", value, sizeof(value)), 1);
	assert_int_equal(fgetxattr(copied, "system.posix_acl_access", value, sizeof(value)), sizeof(acl) - 1);
	assert_memory_equal(value, acl, sizeof(acl) - 1);
	assert_int_equal(fgetxattr(copied, "trusted.overlay.opaque", value, sizeof(value)), -1);
	assert_int_equal(fgetxattr(copied, "user.overlay.redirect", value, sizeof(value)), -1);
	close(copied);
	copied = openat(to, "d", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(copied, "system.posix_acl_default", value, sizeof(value)), sizeof(acl) - 1);
	close(copied);
	/* It did not inherit the list of its directory. */
	copied = openat(to, "d/plain", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(copied, "system.posix_acl_access", value, sizeof(value)), -1);
	close(copied);
	copied = openat(to, "l", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", copied);
	assert_int_equal(getxattr(path, "trusted.link", value, sizeof(value)), 1);
	close(copied);
}

static void test_hard_links(void **state)
{
	struct stat a;

	(void)state;
	need_root();
	assert_int_equal(mkdirat(from, "d", 0755), 0);
	assert_int_equal(mkdirat(from, "d/e", 0755), 0);
	assert_int_equal(mkdirat(from, "z", 0755), 0);
	make_file(from, "d/e/one", "text");
	assert_int_equal(linkat(from, "d/e/one", from, "z/two", 0), 0);
	assert_int_equal(linkat(from, "d/e/one", from, "three", 0), 0);
	assert_int_equal(symlinkat("x", from, "link"), 0);
	assert_int_equal(linkat(from, "link", from, "d/link", 0), 0);
	/* One name of two: the other is outside the tree. */
	make_file(from, "alone", "x");
	assert_int_equal(linkat(from, "alone", dir, "elsewhere", 0), 0);
	/* Enough of them for the table to grow. */
	for (int i = 0; i < 200; i++) {
		char name[32], other[32];

		snprintf(name, sizeof(name), "z/f%d", i);
		snprintf(other, sizeof(other), "d/f%d", i);
		make_file(from, name, name);
		assert_int_equal(linkat(from, name, from, other, 0), 0);
	}

	assert_int_equal(copy(), 0);
	a = stat_of(to, "d/e/one");
	assert_int_equal(a.st_nlink, 3);
	assert_int_equal(stat_of(to, "z/two").st_ino, a.st_ino);
	assert_int_equal(stat_of(to, "three").st_ino, a.st_ino);
	assert_int_equal(stat_of(to, "link").st_ino, stat_of(to, "d/link").st_ino);
	assert_int_equal(stat_of(to, "alone").st_nlink, 1);
	for (int i = 0; i < 200; i++) {
		char name[32], other[32];

		snprintf(name, sizeof(name), "z/f%d", i);
		snprintf(other, sizeof(other), "d/f%d", i);
		assert_int_equal(stat_of(to, name).st_ino, stat_of(to, other).st_ino);
		assert_int_equal(stat_of(to, name).st_size, (off_t)strlen(name));
	}
}

static void test_holes(void **state)
{
	struct stat st;
	char byte;
	int fd;

	(void)state;
	need_root();
	fd = openat(from, "sparse", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(pwrite(fd, "x", 1, 16 << 20), 1);
	assert_int_equal(pwrite(fd, "y", 1, 32 << 20), 1);
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	close(fd);
	fd = openat(from, "hole", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(ftruncate(fd, 1 << 30), 0);
	close(fd);

	assert_int_equal(copy(), 0);
	st = stat_of(to, "sparse");
	assert_int_equal(st.st_size, 64 << 20);
	assert_true(st.st_blocks < 1000);
	fd = openat(to, "sparse", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, 16 << 20), 1);
	assert_int_equal(byte, 'x');
	assert_int_equal(pread(fd, &byte, 1, 32 << 20), 1);
	assert_int_equal(byte, 'y');
	close(fd);
	st = stat_of(to, "hole");
	assert_int_equal(st.st_size, 1 << 30);
	assert_true(st.st_blocks < 100);
}

/* Between two kinds of file systems the kernel may not copy, and we do. */
static void test_other_file_system(void **state)
{
	static char text[600000];
	struct stat st;
	int a = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), b;

	(void)state;
	if (a < 0) {
		print_message("no /dev/shm\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 / 3);
	assert_int_equal(pwrite(a, text, sizeof(text), 1 << 20), (ssize_t)sizeof(text));
	b = openat(dir, "copy", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(copy_data(a, b, (1 << 20) + sizeof(text)), 0);
	assert_int_equal(fstat(b, &st), 0);
	assert_int_equal(st.st_size, (1 << 20) + sizeof(text));
	memset(text, 0, 100);
	assert_int_equal(pread(b, text, sizeof(text), 1 << 20), (ssize_t)sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		assert_int_equal(text[i], (char)(i * 7 / 3));
	close(a);
	close(b);
}

/* Deeper than a path may be long, and than there may be open files. */
static void test_deep(void **state)
{
	char name[100];
	int fd = fcntl(from, F_DUPFD_CLOEXEC, 3), next, depth;
	uint64_t size;

	(void)state;
	need_root();
	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (depth = 0; depth < 3000; depth++) {
		assert_int_equal(mkdirat(fd, name, 0755), 0);
		next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	make_file(fd, "bottom", "x");
	assert_int_equal(linkat(fd, "bottom", fd, "again", 0), 0);
	close(fd);
	assert_int_equal(copy(), 0);
	assert_int_equal(tree_size(to, &size), 0);
	assert_true(size >= 3000);
	fd = fcntl(to, F_DUPFD_CLOEXEC, 3);
	for (depth = 0; depth < 3000; depth++) {
		next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	assert_int_equal(stat_of(fd, "bottom").st_nlink, 2);
	close(fd);
}

static void test_except(void **state)
{
	const struct copytree what = { .from_fd = dir, .to_fd = to, .except_fd = from };

	(void)state;
	need_root();
	make_file(from, "f", "x");
	make_file(dir, "g", "x");
	assert_int_equal(copytree(&what, &failed_at), 0);
	assert_true(exists_at(to, "g"));
	assert_true(exists_at(to, "from"));
	assert_false(exists_at(to, "from/f"));
}

/* In a mount namespace of its own. The number of the line that failed, or 0. */
static int with_mounts(void)
{
	char path[400];
	int r;
	struct copytree what = { .except_fd = -1 };

#define CHECK(condition)                 \
	do {                             \
		if (!(condition))        \
			return __LINE__; \
	} while (0)
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	/* The descriptors from before show the mounts of the other namespace. */
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	from = what.from_fd = openat(dir, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to = what.to_fd = openat(dir, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(mkdirat(from, "mnt", 0755) == 0);
	CHECK(mkdirat(from, "bind", 0755) == 0);
	CHECK(mkdirat(from, "plain", 0755) == 0);
	make_file(from, "plain/f", "x");
	make_file(from, "file", "x");
	make_file(from, "other", "y");
	snprintf(path, sizeof(path), "%s/from/mnt", dir_path);
	CHECK(mount("x", path, "tmpfs", 0, "mode=750") == 0);
	make_file(from, "mnt/f", "x");
	snprintf(path, sizeof(path), "%s/from/bind", dir_path);
	CHECK(mount("/", path, NULL, MS_BIND, NULL) == 0);
	snprintf(path, sizeof(path), "%s/from/file", dir_path);
	CHECK(mount("/proc/version", path, NULL, MS_BIND, NULL) == 0);
	r = copytree(&what, &failed_at);
	if (r < 0)
		print_error("%s: %s\n", failed_at, strerror(-r));
	CHECK(r == 0);
	CHECK(exists_at(to, "mnt") && !exists_at(to, "mnt/f"));
	CHECK(stat_of(to, "mnt").st_mode == (S_IFDIR | 0750));
	CHECK(exists_at(to, "bind") && !exists_at(to, "bind/proc"));
	CHECK(exists_at(to, "plain/f") && exists_at(to, "other"));
	CHECK(!exists_at(to, "file"));
	snprintf(path, sizeof(path), "%s/from/bind", dir_path);
	CHECK(umount2(path, MNT_DETACH) == 0);
	CHECK(rmtree_at(dir, "to") == 0 && mkdirat(dir, "to", 0755) == 0);
	what.to_fd = openat(dir, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	what.flags = TREEWALK_CROSS;
	CHECK(copytree(&what, &failed_at) == 0);
	CHECK(exists_at(what.to_fd, "mnt/f") && exists_at(what.to_fd, "file"));
	return 0;
}

static void test_mounts(void **state)
{
	int status;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		int line = unshare(CLONE_NEWNS) < 0 ? -1 : with_mounts();

		if (line > 0)
			print_error("line %d\n", line);
		_exit(line == 0 ? 0 : line < 0 ? 77 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("no mount namespace can be made here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* The way up from a directory that was moved does not lead into the tree. */
static void test_moved_away(void **state)
{
	cleanup_treewalk struct treewalk w = TREEWALK_INIT;
	int r;

	(void)state;
	assert_int_equal(mkdirat(from, "d", 0755), 0);
	assert_int_equal(mkdirat(from, "d/e", 0755), 0);
	assert_int_equal(treewalk_start(&w, from, 0), 0);
	while ((r = treewalk_next(&w)) > 0 && strcmp(w.entry.name, "e") != 0)
		;
	assert_int_equal(r, TREE_ENTER);
	assert_int_equal(renameat(from, "d/e", dir, "e"), 0);
	assert_int_equal(treewalk_next(&w), TREE_LEAVE);
	assert_int_equal(treewalk_next(&w), -EBUSY);
}

/* Swap a directory and a link to a place outside, for ever. */
static void swap_for_ever(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* the test may fail and leave us */
	for (;;)
		(void)renameat2(from, "dir", from, "link", RENAME_EXCHANGE);
}

/* A real directory of the copy, not a link, that has the file of the other one. */
static bool has_inside(const char *name)
{
	int fd = openat(to, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool yes = fd >= 0 && exists_at(fd, "inside");

	if (fd >= 0)
		close(fd);
	return yes;
}

/* Whatever the source does meanwhile, nothing outside it is read. */
static void test_changing_source(void **state)
{
	pid_t child;

	(void)state;
	need_root();
	assert_int_equal(mkdirat(dir, "secret", 0755), 0);
	make_file(dir, "secret/inside", "x");
	assert_int_equal(mkdirat(from, "dir", 0755), 0);
	make_file(from, "dir/file", "x");
	assert_int_equal(symlinkat("../secret", from, "link"), 0);
	child = fork();
	if (child == 0)
		swap_for_ever();
	for (int i = 0; i < 300; i++) {
		int r = copy();

		/* A directory that moved while we were in it ends the copy. */
		assert_true(r == 0 || r == -EBUSY);
		free(failed_at);
		failed_at = NULL;
		assert_false(has_inside("dir"));
		assert_false(has_inside("link"));
		assert_int_equal(rmtree_at(to, "dir"), 0);
		assert_int_equal(rmtree_at(to, "link"), 0);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void test_interrupt(void **state)
{
	(void)state;
	interrupt_install();
	make_file(from, "f", "x");
	raise(SIGINT);
	assert_int_equal(copy(), -EINTR);
	assert_int_equal(interrupt_save(), SIGINT);
}

static void test_failure_names_the_file(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(mkdirat(from, "d", 0755), 0);
	make_file(from, "d/f", "x");
	make_file(to, "d", "in the way");
	assert_int_equal(copy(), -ENOTDIR);
	assert_string_equal(failed_at, "d");
}

static void test_size(void **state)
{
	static char text[100000];
	uint64_t before, after;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(tree_size(from, &before), 0);
	make_file(from, "f", text);
	assert_int_equal(linkat(from, "f", from, "g", 0), 0);
	assert_int_equal(fsync_dir_at(from, "."), 0);
	assert_int_equal(tree_size(from, &after), 0);
	assert_true(after - before >= sizeof(text) && after - before < 2 * sizeof(text));
}

/* Files of a layer are shared, but for those that can have no other name; marks of overlayfs stay. */
static void test_layer(void **state)
{
	const struct copytree what = { .from_fd = from, .to_fd = to, .except_fd = -1, .is_layer = true };
	struct timespec times[2] = { { .tv_sec = 5 }, { .tv_sec = 6 } };
	int flags = FS_IMMUTABLE_FL, fd;
	char value[8];

	(void)state;
	need_root();
	assert_int_equal(mkdirat(from, "d", 0750), 0);
	make_file(from, "d/f", "text");
	make_file(from, "d/fixed", "fixed");
	assert_int_equal(linkat(from, "d/f", from, "g", 0), 0);
	assert_int_equal(symlinkat("x", from, "l"), 0);
	assert_int_equal(mknodat(from, "gone", S_IFCHR | 0600, 0), 0);
	fd = openat(from, "d", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0), 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	fd = openat(from, "d/fixed", O_RDONLY | O_CLOEXEC);
	(void)ioctl(fd, FS_IOC_SETFLAGS, &flags); /* not every file system can */

	assert_int_equal(copytree(&what, &failed_at), 0);
	flags = 0;
	(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
	close(fd);
	assert_int_equal(stat_of(to, "d/f").st_ino, stat_of(from, "d/f").st_ino);
	assert_int_equal(stat_of(to, "g").st_nlink, 4);
	assert_int_equal(stat_of(to, "l").st_ino, stat_of(from, "l").st_ino);
	assert_int_equal(stat_of(to, "gone").st_ino, stat_of(from, "gone").st_ino);
	assert_int_not_equal(stat_of(to, "d").st_ino, stat_of(from, "d").st_ino);
	assert_int_equal(stat_of(to, "d/fixed").st_size, 5);
	assert_same("d");
	assert_int_equal(stat_of(to, "d").st_mtim.tv_sec, 6);
	fd = openat(to, "d", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(fd, "trusted.overlay.opaque", value, sizeof(value)), 1);
	close(fd);
	/* Without the copy, the source is what it was. */
	assert_int_equal(rmtree_content(to), 0);
	assert_int_equal(stat_of(from, "g").st_nlink, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_kinds),
		TEST(test_attributes),
		TEST(test_hard_links),
		TEST(test_holes),
		TEST(test_other_file_system),
		TEST(test_deep),
		TEST(test_except),
		TEST(test_mounts),
		TEST(test_moved_away),
		TEST(test_changing_source),
		TEST(test_interrupt),
		TEST(test_failure_names_the_file),
		TEST(test_size),
		TEST(test_layer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
