/* SPDX-License-Identifier: MIT */
#include "base/inode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/macro.h"

/* The calls by descriptor refuse O_PATH ones with EBADF; the link in /proc leads to the very same
 * inode, even if that is a symbolic link. Ordinary descriptors are tried first, they are faster. */

int inode_set_owner(int fd, uid_t uid, gid_t gid)
{
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int inode_set_mode(int fd, mode_t mode)
{
	if (fchmod(fd, mode & 07777) == 0)
		return 0;
	if (errno != EBADF)
		return -errno;
	return chmod(fd_path(fd).path, mode & 07777) < 0 ? -errno : 0;
}

int inode_set_mtime(int fd, struct timespec mtime)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, mtime };

	if (futimens(fd, times) == 0)
		return 0;
	if (errno != EBADF)
		return -errno;
	return utimensat(AT_FDCWD, fd_path(fd).path, times, 0) < 0 ? -errno : 0;
}

int inode_set_xattr(int fd, const char *name, const void *value, size_t size)
{
	if (fsetxattr(fd, name, value, size, 0) == 0)
		return 0;
	if (errno != EBADF)
		return -errno;
	return setxattr(fd_path(fd).path, name, value, size, 0) < 0 ? -errno : 0;
}

int inode_clear_acl(int fd)
{
	static const char *const names[] = { "system.posix_acl_access", "system.posix_acl_default" };
	struct fd_path path = fd_path(fd);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (removexattr(path.path, names[i]) < 0 && errno != ENODATA && errno != ENOTSUP)
			return -errno;
	}
	return 0;
}

/* --- copies ------------------------------------------------------------------------------- */

bool xattr_is_kept(const char *name)
{
	return !after_prefix(name, "security.selinux") && !after_prefix(name, "trusted.overlay.") &&
	       !after_prefix(name, "user.overlay.");
}

static ssize_t list_xattrs(int fd, char *names, size_t size)
{
	ssize_t n = flistxattr(fd, names, size);

	return n < 0 && errno == EBADF ? listxattr(fd_path(fd).path, names, size) : n;
}

static ssize_t get_xattr(int fd, const char *name, void *value, size_t size)
{
	ssize_t n = fgetxattr(fd, name, value, size);

	return n < 0 && errno == EBADF ? getxattr(fd_path(fd).path, name, value, size) : n;
}

int inode_copy_xattr(int from_fd, int to_fd, const char *name)
{
	cleanup_free char *value = NULL;
	ssize_t n, size;
	int r;

	do { /* the value may have grown since its size was asked for */
		size = get_xattr(from_fd, name, NULL, 0);
		if (size < 0)
			return errno == ENODATA || errno == ENOTSUP ? 0 : -errno;
		free(value);
		value = xmalloc((size_t)size + 1);
		n = get_xattr(from_fd, name, value, (size_t)size);
	} while (n < 0 && errno == ERANGE);
	if (n < 0)
		return errno == ENODATA ? 0 : -errno;
	r = inode_set_xattr(to_fd, name, value, (size_t)n);
	return r == -ENOTSUP ? 0 : r;
}

int inode_copy_xattrs(int from_fd, int to_fd)
{
	cleanup_free char *names = NULL;
	ssize_t n, size;

	do {
		size = list_xattrs(from_fd, NULL, 0);
		if (size <= 0)
			return size == 0 || errno == ENOTSUP ? 0 : -errno;
		free(names);
		names = xmalloc((size_t)size);
		n = list_xattrs(from_fd, names, (size_t)size);
	} while (n < 0 && errno == ERANGE);
	if (n < 0)
		return -errno;
	for (const char *name = names; name < names + n; name += strlen(name) + 1) {
		int r = xattr_is_kept(name) ? inode_copy_xattr(from_fd, to_fd, name) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}
