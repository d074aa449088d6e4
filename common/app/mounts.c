/* SPDX-License-Identifier: MIT */
#include "app/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/root.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/copytree.h"
#include "base/fs.h"
#include "base/log.h"

#define PLAIN (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* --- mounts as descriptors ---------------------------------------------------------------- */

struct option {
	const char *key, *value; /* no value: a flag */
};

/* A new file system that is mounted nowhere yet. options ends with a key that is NULL, or is NULL. */
static int new_mount(const char *type, const struct option *options, unsigned attributes)
{
	cleanup_close int fs_fd = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (fs_fd < 0)
		return -errno;
	(void)fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", type, 0);
	for (const struct option *o = options; o && o->key; o++) {
		unsigned command = o->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

		if (fsconfig(fs_fd, command, o->key, o->value, 0) < 0)
			return -errno;
	}
	if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, attributes);
	return fd < 0 ? -errno : fd;
}

/* What path shows, as another mount that is mounted nowhere yet. path "": what at_fd stands for. */
static int clone_mount(int at_fd, const char *path, unsigned more_flags)
{
	int fd = open_tree(at_fd, path, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | more_flags);

	return fd < 0 ? -errno : fd;
}

static int set_attributes(int mount_fd, uint64_t attributes, unsigned more_flags)
{
	struct mount_attr attr = { .attr_set = attributes };

	return mount_setattr(mount_fd, "", AT_EMPTY_PATH | more_flags, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

/* Mount it on what target_fd stands for. */
static int attach(int mount_fd, int target_fd)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

	return move_mount(mount_fd, "", target_fd, "", flags) < 0 ? -errno : 0;
}

/* The directory of this name and nothing else: no link. */
static int open_mount_point(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* A new file system on the directory; its mount stays open as *ret_fd unless that is NULL. */
static int mount_on(int dir_fd, const char *name, const char *type, const struct option *options,
		    unsigned attributes, int *ret_fd)
{
	cleanup_close int target = open_mount_point(dir_fd, name);
	cleanup_close int fd = target < 0 ? target : new_mount(type, options, attributes);
	int r = fd < 0 ? fd : attach(fd, target);

	if (r < 0)
		return log_error_errno(r, "cannot mount %s on '/%s' of the application", type, name);
	if (ret_fd)
		*ret_fd = TAKE_FD(fd);
	return 0;
}

/* --- /proc and /sys ----------------------------------------------------------------------- */

/* Those of docker. Not all of them are on every kernel. */
static const char *const masked[] = {
	"proc/acpi",       "proc/asound",      "proc/kcore", "proc/keys",    "proc/latency_stats",
	"proc/timer_list", "proc/timer_stats", "proc/sched_debug", "proc/scsi",
	"sys/firmware",    "sys/devices/virtual/powercap",
};
static const char *const read_only[] = {
	"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger",
};

/* Files look empty, and so do directories. */
static int mask(int root_fd, int empty_fd, const char *path)
{
	cleanup_close int target = open_in_root(root_fd, path, O_PATH | O_NOFOLLOW, 0);
	cleanup_close int cover = -1;
	struct stat st;

	if (target == -ENOENT)
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return target < 0 ? target : -errno;
	cover = S_ISDIR(st.st_mode) ? clone_mount(empty_fd, "", 0) : clone_mount(AT_FDCWD, "/dev/null", 0);
	return cover < 0 ? cover : attach(cover, target);
}

static int make_read_only(int root_fd, const char *path)
{
	cleanup_close int target = open_in_root(root_fd, path, O_PATH | O_NOFOLLOW, 0);
	cleanup_close int fd = -1;
	int r;

	if (target == -ENOENT)
		return 0;
	if (target < 0)
		return target;
	fd = clone_mount(target, "", AT_RECURSIVE);
	if (fd < 0)
		return fd;
	r = set_attributes(fd, MOUNT_ATTR_RDONLY, AT_RECURSIVE);
	return r < 0 ? r : attach(fd, target);
}

static int cover_kernel(int root_fd)
{
	cleanup_close int empty_fd = new_mount("tmpfs", NULL, PLAIN | MOUNT_ATTR_RDONLY);
	int r = empty_fd < 0 ? empty_fd : 0;
	const char *path = "";

	for (size_t i = 0; i < ARRAY_SIZE(read_only) && r >= 0; i++)
		r = make_read_only(root_fd, path = read_only[i]);
	for (size_t i = 0; i < ARRAY_SIZE(masked) && r >= 0; i++)
		r = mask(root_fd, empty_fd, path = masked[i]);
	return r < 0 ? log_error_errno(r, "cannot cover '/%s' of the application", path) : 0;
}

/* The container's: a new one is refused in a user namespace. */
static int mount_sys(int root_fd)
{
	cleanup_close int target = open_mount_point(root_fd, "sys");
	cleanup_close int fd = target < 0 ? target : clone_mount(AT_FDCWD, "/sys", AT_RECURSIVE);
	int r = fd < 0 ? fd : set_attributes(fd, PLAIN | MOUNT_ATTR_RDONLY, AT_RECURSIVE);

	if (r >= 0)
		r = attach(fd, target);
	return r < 0 ? log_error_errno(r, "cannot mount the container's '/sys' on '/sys' of the application") : 0;
}

/* --- /dev --------------------------------------------------------------------------------- */

static const char *const devices[] = { "null", "zero", "full", "random", "urandom", "tty" };
static const char *const links[][2] = {
	{ "/proc/self/fd", "fd" }, { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" },
	{ "/proc/self/fd/2", "stderr" }, { "/proc/kcore", "core" }, { "pts/ptmx", "ptmx" },
};
static const char *const dev_directories[] = { "pts", "shm", "mqueue" };

/* The container's: a user namespace makes no devices. */
static int bind_device(int dev_fd, const char *name)
{
	cleanup_free char *path = xasprintf("/dev/%s", name);
	cleanup_close int fd = clone_mount(AT_FDCWD, path, 0);
	cleanup_close int target = -1;

	if (fd < 0)
		return fd;
	target = openat(dev_fd, name, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return target < 0 ? -errno : attach(fd, target);
}

static int fill_dev(int dev_fd)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		r = bind_device(dev_fd, devices[i]);
		if (r < 0)
			return log_error_errno(r, "cannot give '/dev/%s' to the application", devices[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(links) && r >= 0; i++)
		r = symlinkat(links[i][0], dev_fd, links[i][1]) < 0 ? -errno : 0;
	for (size_t i = 0; i < ARRAY_SIZE(dev_directories) && r >= 0; i++)
		r = mkdirat(dev_fd, dev_directories[i], 0755) < 0 ? -errno : 0;
	return r < 0 ? log_error_errno(r, "cannot fill '/dev' of the application") : 0;
}

static int mount_dev(int root_fd)
{
	static const struct option dev[] = { { "mode", "0755" }, { "size", "65536k" }, { NULL, NULL } };
	static const struct option pts[] = {
		{ "newinstance", NULL }, { "ptmxmode", "0666" }, { "mode", "0620" }, { "gid", "5" }, { NULL, NULL },
	};
	static const struct option shm[] = { { "mode", "1777" }, { "size", "65536k" }, { NULL, NULL } };
	cleanup_close int dev_fd = -1;
	int r = mount_on(root_fd, "dev", "tmpfs", dev, MOUNT_ATTR_NOSUID, &dev_fd);

	if (r >= 0)
		r = fill_dev(dev_fd);
	if (r >= 0)
		r = mount_on(dev_fd, "pts", "devpts", pts, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, NULL);
	if (r >= 0)
		r = mount_on(dev_fd, "shm", "tmpfs", shm, PLAIN, NULL);
	if (r >= 0)
		r = mount_on(dev_fd, "mqueue", "mqueue", NULL, PLAIN, NULL);
	return r;
}

/* --- the container's files ---------------------------------------------------------------- */

/* Read-only, as others in the container use them, too. */
static int bind_file(int root_fd, const char *path)
{
	cleanup_free char *source = xasprintf("/%s", path);
	cleanup_close int fd = clone_mount(AT_FDCWD, source, 0);
	cleanup_close int target = -1;
	struct stat st;
	int r;

	/* A container need not have it, and what is no file is none of our business. */
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	target = open_in_root(root_fd, path, O_PATH, 0);
	if (target < 0)
		return target;
	r = set_attributes(fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0);
	return r < 0 ? r : attach(fd, target);
}

static void bind_files(int root_fd)
{
	for (const char *const *path = app_root_files; *path; path++) {
		int r = bind_file(root_fd, *path);

		if (r < 0)
			log_warning_errno(r, "the application has no '/%s' of the container", *path);
	}
}

/* --- read-only ---------------------------------------------------------------------------- */

static const struct {
	const char *path, *mode;
} writable[] = { { "run", "0755" }, { "tmp", "1777" }, { "var/tmp", "1777" } };

/* Is a volume mounted on it? */
static bool is_mount_root(int fd)
{
	struct statx stx;

	return statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) == 0 &&
	       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* With what the image has there: directories for sockets, for one. */
static int mount_writable(int root_fd, const char *path, const char *mode)
{
	const struct option options[] = { { "mode", mode }, { NULL, NULL } };
	cleanup_close int target = open_dir_in_root(root_fd, path);
	cleanup_close int fd = -1;
	cleanup_free char *failed = NULL;
	int r;

	if (target == -ENOENT || target == -ENOTDIR || (target >= 0 && is_mount_root(target)))
		return 0;
	fd = target < 0 ? target : new_mount("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (fd < 0)
		return fd;
	r = copytree(&(struct copytree){ .from_fd = target, .to_fd = fd, .except_fd = -1 }, &failed);
	return r < 0 ? r : attach(fd, target);
}

static int make_root_read_only(int root_fd, const char *working_dir)
{
	/* While that can be done. */
	cleanup_close int attr_unused working_fd = mkdir_in_root(root_fd, working_dir, 0755);
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(writable); i++) {
		r = mount_writable(root_fd, writable[i].path, writable[i].mode);

		if (r < 0)
			return log_error_errno(r, "cannot mount tmpfs on '/%s' of the application", writable[i].path);
	}
	r = set_attributes(root_fd, MOUNT_ATTR_RDONLY, 0);
	return r < 0 ? log_error_errno(r, "cannot make the application's root read-only") : 0;
}

/* --- all of it ---------------------------------------------------------------------------- */

/* The image's tree with what is mounted in it, on itself: the mount that becomes the root. */
static int mount_root(const struct launch *l)
{
	cleanup_free char *path = xasprintf(APP_DIR "/%s/root", l->name);
	cleanup_close int tree_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int target = tree_fd < 0 ? -errno : open_dir_in_root(tree_fd, path);
	cleanup_close int fd = -1;
	int r = target < 0 ? target : app_root_prepare(target);

	if (r == -ENOTDIR)
		return log_error_code(r, "application '%s': /dev, /proc and /sys of its tree have to be directories",
				      l->name);
	if (r < 0)
		return log_error_errno(r, "cannot prepare '/%s'", path);
	fd = clone_mount(target, "", AT_RECURSIVE);
	r = fd < 0 ? fd : attach(fd, target);
	return r < 0 ? log_error_errno(r, "cannot mount '/%s'", path) : TAKE_FD(fd);
}

static int change_root(int root_fd)
{
	if (fchdir(root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
	    chdir("/") < 0)
		return log_error_errno(-errno, "cannot change the root to the application's");
	return 0;
}

static int open_working_dir(int root_fd, const char *path, bool make)
{
	return make ? mkdir_in_root(root_fd, path, 0755) : open_dir_in_root(root_fd, path);
}

int mounts_chdir(const struct launch *l, bool make)
{
	cleanup_close int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int fd = root_fd < 0 ? -errno : open_working_dir(root_fd, l->working_dir, make);
	char cwd[PATH_MAX];
	int r = fd < 0 ? fd : fchdir(fd) < 0 ? -errno : 0;

	/* A directory that the kernel cannot name is not in this root. */
	if (r >= 0 && (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0 || cwd[0] != '/'))
		r = -EXDEV;
	return r < 0 ? log_error_errno(r, "application '%s': cannot go into its working directory '%s'", l->name,
				       l->working_dir)
		     : 0;
}

int mounts_enter(const struct launch *l)
{
	cleanup_close int root_fd = -1;
	int r;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return log_error_errno(-errno, "cannot make a mount namespace");
	root_fd = mount_root(l);
	r = root_fd < 0 ? root_fd : mount_on(root_fd, "proc", "proc", NULL, PLAIN, NULL);
	if (r >= 0)
		r = mount_sys(root_fd);
	if (r >= 0)
		r = mount_dev(root_fd);
	if (r >= 0)
		r = cover_kernel(root_fd);
	if (r < 0)
		return r;
	bind_files(root_fd);
	if (l->app.read_only)
		r = make_root_read_only(root_fd, l->working_dir);
	if (r >= 0)
		r = change_root(root_fd);
	return r < 0 ? r : mounts_chdir(l, true);
}
