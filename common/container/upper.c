/* SPDX-License-Identifier: MIT */
#include "container/upper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/inode.h"
#include "base/log.h"

/* --- directories -------------------------------------------------------------------------- */

/* Have path in the upper layer, each part with the owner and mode that it has below. */
static int copy_dirs(const struct upper *u, const char *path)
{
	for (const char *p = path; *(p += strspn(p, "/")); p += strcspn(p, "/")) {
		cleanup_free char *so_far = xstrndup(path, (size_t)(p - path) + strcspn(p, "/"));
		const char *relative = so_far + strspn(so_far, "/");
		cleanup_close int fd = open_in_root(u->lower_fd, relative, O_PATH | O_NOFOLLOW, 0);
		struct stat st = { .st_mode = S_IFDIR | 0755 };

		if (fd < 0 && fd != -ENOENT)
			return fd;
		if (fd >= 0 && fstat(fd, &st) < 0)
			return -errno;
		if (!S_ISDIR(st.st_mode))
			return -ENOTDIR;
		if (mkdirat(u->upper_fd, relative, 0755) < 0) {
			if (errno != EEXIST)
				return -errno;
			continue;
		}
		if (fchownat(u->upper_fd, relative, st.st_uid, st.st_gid, 0) < 0 ||
		    fchmodat(u->upper_fd, relative, st.st_mode & 07777, 0) < 0)
			return -errno;
	}
	return 0;
}

/* All that a directory has of its own, of fd for that of to_fd. */
static int copy_inode(int fd, int to_fd)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	r = inode_set_owner(to_fd, st.st_uid, st.st_gid);
	if (r >= 0)
		r = inode_set_mode(to_fd, st.st_mode);
	if (r >= 0)
		r = inode_copy_xattrs(fd, to_fd);
	return r < 0 ? r : inode_set_mtime(to_fd, st.st_mtim);
}

/* Both are the caller's; no deeper than the directories are that are in both. */
static int match_dirs(int lower_fd, int upper_fd)
{
	cleanup_close int list_fd = openat(upper_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *dir = list_fd < 0 ? NULL : fdopendir(list_fd);
	struct dirent *e;
	int r = 0;

	if (!dir)
		return -errno;
	(void)TAKE_FD(list_fd); /* the stream's now */
	while (r >= 0 && (errno = 0, e = readdir(dir))) {
		cleanup_close int below = -1, fd = -1;

		if (e->d_type != DT_DIR || streq(e->d_name, ".") || streq(e->d_name, ".."))
			continue;
		below = openat(lower_fd, e->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		fd = below < 0 ? -1 : openat(upper_fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			r = match_dirs(below, fd);
	}
	if (r >= 0 && errno)
		r = -errno;
	return r < 0 ? r : copy_inode(lower_fd, upper_fd);
}

int upper_match(const struct upper *u)
{
	return match_dirs(u->lower_fd, u->upper_fd);
}

int upper_open_dir(const struct upper *u, const char *path)
{
	int r = copy_dirs(u, path);

	return r < 0 ? r : open_in_root(u->upper_fd, path, O_RDONLY | O_DIRECTORY, 0);
}

/* overlayfs.rst, "whiteouts and opaque directories": nothing of the layers below shows in it. */
int upper_hide(const struct upper *u, const char *path)
{
	cleanup_close int fd = upper_open_dir(u, path);

	if (fd < 0)
		return fd;
	return fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0 ? -errno : 0;
}

/* --- files -------------------------------------------------------------------------------- */

/* The directory of path in the upper layer, with nothing at *ret_name in it. */
static int open_place(const struct upper *u, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *dir = xstrndup(path, (size_t)(slash - path));
	cleanup_close int fd = upper_open_dir(u, dir);

	if (fd < 0)
		return fd;
	*ret_name = slash + 1;
	if (unlinkat(fd, *ret_name, 0) < 0 && errno != ENOENT)
		return -errno;
	return TAKE_FD(fd);
}

static int write_new(int dir_fd, const char *name, const char *text, mode_t mode)
{
	cleanup_close int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	int r = fd < 0 || fchmod(fd, mode) < 0 ? -errno : write_all(fd, text, strlen(text));

	/* An empty file is no more than its name (see make_durable() in create.c). */
	if (r >= 0 && *text && fsync(fd) < 0)
		r = -errno;
	return r;
}

int upper_put_file(const struct upper *u, const char *path, const char *text, mode_t mode)
{
	const char *name;
	cleanup_close int dir_fd = open_place(u, path, &name);
	int r = dir_fd < 0 ? dir_fd : write_new(dir_fd, name, text, mode);

	return r < 0 ? log_error_errno(r, "cannot write '/%s' of the container", path) : 0;
}

int upper_put_link(const struct upper *u, const char *path, const char *target)
{
	const char *name;
	cleanup_close int dir_fd = open_place(u, path, &name);
	int r = dir_fd < 0 ? dir_fd : 0;

	if (r >= 0 && symlinkat(target, dir_fd, name) < 0)
		r = -errno;
	return r < 0 ? log_error_errno(r, "cannot make the link '/%s' of the container", path) : 0;
}

bool upper_has_below(const struct upper *u, const char *path)
{
	cleanup_close int fd = open_in_root(u->lower_fd, path, O_PATH, 0);

	return fd >= 0;
}
