/* SPDX-License-Identifier: MIT */
#include "image/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/inode.h"
#include "base/strbuf.h"

/* What is remembered of directories: room for two million of common depth. */
#define DIRS_BYTES_MAX (256 * 1024 * 1024)

struct place_dir {
	char *path;
	struct timespec mtime;
};

/* The path without leading, doubled and trailing slashes and "." components; "" is the root. NULL
 * if it has a ".." component. The caller frees. */
static char *normal_path(const char *path)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	for (const char *p = path; *(p += strspn(p, "/"));) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return NULL;
		if (n != 1 || p[0] != '.') {
			if (s.len > 0)
				strbuf_add_char(&s, '/');
			strbuf_add(&s, p, n);
		}
		p += n;
	}
	return strbuf_detach(&s);
}

static int refuse(struct place *p, const char *reason)
{
	p->reason = reason;
	return -EINVAL;
}

/* --- where it goes ------------------------------------------------------------------------ */

static void forget_parent(struct place *p)
{
	if (p->parent_fd >= 0)
		close(p->parent_fd);
	p->parent_fd = -1;
	free(TAKE_PTR(p->parent));
}

/* The directory that holds path, which is normal and not the root. Ours, until the next call. */
static int open_parent(struct place *p, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	*ret_name = slash ? slash + 1 : path;
	if (p->parent && strncmp(p->parent, path, n) == 0 && p->parent[n] == '\0')
		return p->parent_fd;
	forget_parent(p);
	p->parent = xstrndup(path, n);
	/* Most are there; only what is missing is made part by part. */
	p->parent_fd = open_in_root(p->root_fd, n > 0 ? p->parent : ".", O_PATH | O_DIRECTORY, 0);
	if (p->parent_fd == -ENOENT)
		p->parent_fd = mkdir_in_root(p->root_fd, p->parent, 0755);
	if (p->parent_fd < 0) {
		free(TAKE_PTR(p->parent));
		if (p->parent_fd == -ENOTDIR)
			return refuse(p, "a part of its path is not a directory");
	}
	return p->parent_fd;
}

/* Something of this name is in the way. */
static int make_room(struct place *p, int dir_fd, const char *name)
{
	cleanup_close int dir = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);

	/* The path that was opened last may have led through it. */
	forget_parent(p);
	return dir < 0 ? -errno : rmtree_at(dir, name);
}

/* --- kinds of entries --------------------------------------------------------------------- */

static int make_dir(struct place *p, const char *path, int *ret_fd)
{
	const char *name;
	int dir = open_parent(p, path, &name);

	if (dir < 0)
		return dir;
	if (mkdirat(dir, name, 0700) < 0) {
		struct stat st;

		if (errno != EEXIST)
			return -errno;
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		if (!S_ISDIR(st.st_mode)) {
			int r = make_room(p, dir, name);

			return r < 0 ? r : make_dir(p, path, ret_fd);
		}
	}
	*ret_fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

static int make_node(const struct place_entry *e, int dir, const char *name)
{
	int r;

	switch (e->mode & S_IFMT) {
	case S_IFREG:
		r = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		return r < 0 ? -errno : r;
	case S_IFLNK:
		r = symlinkat(e->symlink, dir, name);
		break;
	default:
		r = mknodat(dir, name, (e->mode & S_IFMT) | 0600, e->rdev);
	}
	if (r == 0)
		r = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

static int make_other(struct place *p, const struct place_entry *e, const char *path)
{
	const char *name;
	int dir = open_parent(p, path, &name), fd, r;

	if (dir < 0)
		return dir;
	fd = make_node(e, dir, name);
	if (fd != -EEXIST)
		return fd;
	r = make_room(p, dir, name);
	if (r < 0)
		return r;
	dir = open_parent(p, path, &name);
	return dir < 0 ? dir : make_node(e, dir, name);
}

/* Link name in dir to target_name in target_dir, in place of what may be there. */
static int replace_by_link(struct place *p, int target_dir, const char *target_name, const char *path)
{
	struct stat target, there;
	const char *name;
	int dir, r;

	if (fstatat(target_dir, target_name, &target, AT_SYMLINK_NOFOLLOW) < 0)
		return refuse(p, "it is a hard link to something that is not there");
	if (S_ISDIR(target.st_mode))
		return refuse(p, "it is a hard link to a directory");
	dir = open_parent(p, path, &name);
	if (dir < 0)
		return dir;
	if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0) {
		if (there.st_ino == target.st_ino && there.st_dev == target.st_dev)
			return 0;
		r = make_room(p, dir, name);
		if (r >= 0)
			r = dir = open_parent(p, path, &name);
		if (r < 0)
			return r;
	}
	return linkat(target_dir, target_name, dir, name, 0) < 0 ? -errno : 0;
}

/* The target's owner, mode and time stay what its own entry said. */
static int make_hard_link(struct place *p, const struct place_entry *e, const char *path)
{
	cleanup_free char *target = normal_path(e->hard_link), *parent = NULL;
	cleanup_close int dir = -1;
	const char *slash;

	if (!target || !*target)
		return refuse(p, "it is a hard link to something outside the archive");
	slash = strrchr(target, '/');
	parent = slash ? xstrndup(target, (size_t)(slash - target)) : xstrdup(".");
	dir = open_in_root(p->root_fd, parent, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return refuse(p, "it is a hard link to something that is not there");
	return replace_by_link(p, dir, slash ? slash + 1 : target, path);
}

static int check_entry(struct place *p, const struct place_entry *e, const char *path)
{
	if (!path)
		return refuse(p, "its path has a '..' in it");
	if (!*path && (!S_ISDIR(e->mode) || e->hard_link))
		return refuse(p, "the top of the archive must be a directory");
	if (e->hard_link)
		return 0;
	switch (e->mode & S_IFMT) {
	case S_IFCHR:
		if (e->rdev == 0)
			return refuse(p, "a character device 0:0 is the mark of a deleted file in an overlay");
		return 0;
	case S_IFLNK:
		return e->symlink ? 0 : refuse(p, "it is a symbolic link without a target");
	case S_IFREG:
	case S_IFDIR:
	case S_IFBLK:
	case S_IFIFO:
		return 0;
	default:
		return refuse(p, "it is of a kind that a tarball cannot hold");
	}
}

int place_create(struct place *p, const struct place_entry *e, int *ret_fd)
{
	cleanup_free char *path = normal_path(e->path);
	int r = check_entry(p, e, path);

	*ret_fd = -1;
	if (r < 0)
		return r;
	if (e->hard_link)
		return make_hard_link(p, e, path);
	if (S_ISDIR(e->mode) && *path)
		return make_dir(p, path, ret_fd);
	if (S_ISDIR(e->mode))
		r = open_in_root(p->root_fd, ".", O_PATH | O_DIRECTORY, 0);
	else
		r = make_other(p, e, path);
	if (r < 0)
		return r;
	*ret_fd = r;
	return 0;
}

int place_own(const struct place *p, const struct place_entry *e, int fd)
{
	int r = inode_set_owner(fd, e->uid, e->gid);

	if (r >= 0 && p->clear_acls)
		r = inode_clear_acl(fd);
	if (r >= 0 && !S_ISLNK(e->mode))
		r = inode_set_mode(fd, e->mode);
	return r;
}

int place_time(struct place *p, const struct place_entry *e, int fd)
{
	char *path;

	if (!S_ISDIR(e->mode))
		return inode_set_mtime(fd, e->mtime);
	path = normal_path(e->path);
	p->dirs_bytes += strlen(path) + 1 + sizeof(*p->dirs);
	if (p->dirs_bytes > DIRS_BYTES_MAX) {
		free(path);
		return refuse(p, "the archive has too many directories");
	}
	if ((p->n_dirs & (p->n_dirs + 1)) == 0)
		p->dirs = xreallocarray(p->dirs, (p->n_dirs + 1) * 2, sizeof(*p->dirs));
	p->dirs[p->n_dirs++] = (struct place_dir){ path, e->mtime };
	return 0;
}

int place_finish(struct place *p)
{
	for (size_t i = 0; i < p->n_dirs; i++) {
		const struct place_dir *d = &p->dirs[i];
		cleanup_close int fd = open_in_root(p->root_fd, *d->path ? d->path : ".",
						    O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
		int r;

		if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
			continue; /* a later entry replaced it */
		r = fd < 0 ? fd : inode_set_mtime(fd, d->mtime);
		if (r < 0)
			return r;
	}
	return 0;
}

void place_done(struct place *p)
{
	forget_parent(p);
	for (size_t i = 0; i < p->n_dirs; i++)
		free(p->dirs[i].path);
	free(p->dirs);
	*p = (struct place)PLACE_INIT(-1);
}
