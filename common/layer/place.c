/* SPDX-License-Identifier: MIT */
#include "layer/place.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/inode.h"
#include "base/strbuf.h"
#include "layer/whiteout.h"

/* What is remembered of directories: room for five million of common depth. */
#define DIRS_BYTES_MAX (256 * 1024 * 1024)

/* There may be millions. All are on the device of the root. */
struct place_dir {
	ino_t ino;
	int64_t mtime;
	uint32_t mtime_ns;
	uint32_t path; /* where it begins in dir_paths */
};
static_assert(sizeof(struct place_dir) <= 24, "a million directories are to fit into 64 MiB");

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

/* The directory is to have this time in the end. */
static int note_time(struct place *p, const char *path, const struct stat *st, struct timespec mtime)
{
	size_t size = strlen(path) + 1;

	if (p->dir_paths.len + size + (p->n_dirs + 1) * sizeof(*p->dirs) > DIRS_BYTES_MAX)
		return refuse(p, "the archive has too many directories");
	if ((p->n_dirs & (p->n_dirs + 1)) == 0)
		p->dirs = xreallocarray(p->dirs, (p->n_dirs + 1) * 2, sizeof(*p->dirs));
	p->dirs[p->n_dirs++] = (struct place_dir){ .ino = st->st_ino,
						   .mtime = mtime.tv_sec,
						   .mtime_ns = (uint32_t)mtime.tv_nsec,
						   .path = (uint32_t)p->dir_paths.len };
	strbuf_add(&p->dir_paths, path, size);
	return 0;
}

static int remember(struct place *p, const struct stat *dir, const char *name)
{
	int r = touched_add(&p->touched, dir->st_dev, dir->st_ino, name);

	return r == -E2BIG ? refuse(p, "the layer changes too many files of lower ones") : r;
}

/* The layer puts something into the directory: it and all above it stay when a whiteout hides them. What is
 * above one of which that is known is known, too, but above a new one: it may have the inode number of one
 * that is gone. */
static int touch_up(struct place *p, int dir_fd, const struct stat *dir, bool is_new)
{
	cleanup_close int fd = -1;
	struct stat root, above, st = *dir;
	int r;

	while ((r = remember(p, &st, TOUCHED_DIR)) > 0 || (r == 0 && is_new)) {
		int up;

		if (fstat(p->root_fd, &root) < 0)
			return -errno;
		if (st.st_ino == root.st_ino && st.st_dev == root.st_dev)
			return 0;
		up = openat(fd < 0 ? dir_fd : fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (up < 0)
			return -errno;
		if (fd >= 0)
			close(fd);
		fd = up;
		if (fstat(fd, &above) < 0)
			return -errno;
		if (above.st_ino == st.st_ino && above.st_dev == st.st_dev)
			return -EBUSY; /* somebody moved it out of the root */
		st = above;
	}
	return r;
}

/* name, which is no directory, is of this layer. */
static int touch(struct place *p, const char *name)
{
	int r;

	if (!p->is_layer || p->parent_is_made)
		return 0;
	r = touch_up(p, p->parent_fd, &p->parent_stat, false);
	if (r >= 0)
		r = remember(p, &p->parent_stat, name);
	return r < 0 ? r : 0;
}

static int look_at_parent(struct place *p, bool is_new)
{
	int r;

	if (fstat(p->parent_fd, &p->parent_stat) < 0)
		return -errno;
	p->parent_is_made = false;
	if (!p->is_layer)
		return 0;
	r = is_new ? touch_up(p, p->parent_fd, &p->parent_stat, true) : 0;
	if (r < 0)
		return r;
	p->parent_is_made =
		touched_has(&p->touched, p->parent_stat.st_dev, p->parent_stat.st_ino, TOUCHED_MADE);
	if (p->parent_is_made)
		return 0;
	r = remember(p, &p->parent_stat, TOUCHED_TIME);
	if (r <= 0)
		return r;
	if (getxattr(fd_path(p->parent_fd).path, "system.posix_acl_default", NULL, 0) > 0)
		p->clear_acls = true;
	return note_time(p, p->parent, &p->parent_stat, p->parent_stat.st_mtim);
}

/* The directory that holds path, which is normal and not the root. Ours, until the next call. */
static int open_parent(struct place *p, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	bool is_new;
	int r;

	*ret_name = slash ? slash + 1 : path;
	if (p->parent && strncmp(p->parent, path, n) == 0 && p->parent[n] == '\0')
		return p->parent_fd;
	forget_parent(p);
	p->parent = xstrndup(path, n);
	p->parent_fd = open_dir_in_root(p->root_fd, p->parent);
	is_new = p->parent_fd == -ENOENT;
	if (is_new)
		p->parent_fd = mkdir_in_root(p->root_fd, p->parent, 0755);
	r = p->parent_fd < 0 ? p->parent_fd : look_at_parent(p, is_new);
	if (r < 0) {
		forget_parent(p);
		return r == -ENOTDIR ? refuse(p, "a part of its path is not a directory") : r;
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

/* What its entry in a lower layer said of it counts no more. */
static int clear_xattrs(int fd)
{
	char names[XATTR_LIST_MAX];
	ssize_t n = flistxattr(fd, names, sizeof(names));

	if (n < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (const char *name = names; name < names + n; name += strlen(name) + 1) {
		if (xattr_is_kept(name) && fremovexattr(fd, name) < 0 && errno != ENODATA)
			return -errno;
	}
	return 0;
}

/* A directory, whose parent is the one that was opened last, or the top. */
static int touch_dir(struct place *p, int fd, bool is_top)
{
	int r;

	if (fstat(fd, &p->dir_stat) < 0)
		return -errno;
	if (!p->is_layer)
		return 0;
	r = is_top ? 0 : touch_up(p, p->parent_fd, &p->parent_stat, false);
	if (r >= 0)
		r = remember(p, &p->dir_stat, TOUCHED_DIR);
	if (r >= 0 && p->fresh)
		r = remember(p, &p->dir_stat, TOUCHED_MADE);
	else if (r >= 0)
		r = clear_xattrs(fd);
	return r < 0 ? r : 0;
}

static int make_dir(struct place *p, const struct place_entry *e, const char *path, int *ret_fd)
{
	const char *name;
	int dir = open_parent(p, path, &name);

	if (dir < 0)
		return dir;
	p->fresh = mkdirat(dir, name, e->mode & 0777) == 0;
	if (!p->fresh) {
		struct stat st;

		if (errno != EEXIST)
			return -errno;
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		if (!S_ISDIR(st.st_mode)) {
			int r = make_room(p, dir, name);

			return r < 0 ? r : make_dir(p, e, path, ret_fd);
		}
	}
	*ret_fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : touch_dir(p, *ret_fd, false);
}

static int make_node(const struct place_entry *e, int dir, const char *name)
{
	int r;

	switch (e->mode & S_IFMT) {
	case S_IFREG:
		r = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, e->mode & 0777);
		return r < 0 ? -errno : r;
	case S_IFLNK:
		r = symlinkat(e->symlink, dir, name);
		break;
	default:
		r = mknodat(dir, name, e->mode & (S_IFMT | 0777), e->rdev);
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
	p->fresh = true;
	fd = make_node(e, dir, name);
	if (fd == -EEXIST) {
		r = make_room(p, dir, name);
		if (r >= 0)
			r = dir = open_parent(p, path, &name);
		if (r < 0)
			return r;
		fd = make_node(e, dir, name);
	}
	r = fd < 0 ? fd : touch(p, name);
	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
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
			return touch(p, name);
		r = make_room(p, dir, name);
		if (r >= 0)
			r = dir = open_parent(p, path, &name);
		if (r < 0)
			return r;
	}
	return linkat(target_dir, target_name, dir, name, 0) < 0 ? -errno : touch(p, name);
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
	parent = xstrndup(target, slash ? (size_t)(slash - target) : 0);
	dir = open_dir_in_root(p->root_fd, parent);
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
			return refuse(p,
				      "a character device 0:0 is the mark of a deleted file in an overlay");
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

static int make(struct place *p, const struct place_entry *e, const char *path, int *ret_fd)
{
	int r = check_entry(p, e, path);

	if (r < 0)
		return r;
	p->fresh = false;
	if (e->hard_link)
		return make_hard_link(p, e, path);
	if (S_ISDIR(e->mode) && *path)
		return make_dir(p, e, path, ret_fd);
	if (S_ISDIR(e->mode))
		r = open_in_root(p->root_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	else
		r = make_other(p, e, path);
	if (r < 0)
		return r;
	*ret_fd = r;
	return S_ISDIR(e->mode) ? touch_dir(p, r, true) : 0;
}

/* name is NULL for all that is in the directory. Where there is no directory is nothing to hide. */
static int hide(struct place *p, const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *parent = xstrndup(path, slash ? (size_t)(slash - path) : 0);
	cleanup_close int dir = open_dir_in_root(p->root_fd, parent);
	int r;

	if (dir < 0)
		return dir == -ENOENT || dir == -ENOTDIR ? 0 : dir;
	r = open_parent(p, path, &slash); /* which sees to it that its time stays */
	if (r >= 0)
		r = whiteout_apply(dir, name, &p->touched);
	/* What was opened last may have been in what is gone. */
	forget_parent(p);
	return r;
}

int place_create(struct place *p, const struct place_entry *e, int *ret_fd)
{
	cleanup_free char *path = normal_path(e->path);
	const char *name = NULL;

	*ret_fd = -1;
	switch (p->is_layer && path ? whiteout_parse(path, &name) : WHITEOUT_NONE) {
	case WHITEOUT_NAME:
	case WHITEOUT_OPAQUE:
		if (!S_ISDIR(e->mode) || e->hard_link)
			return hide(p, path, name);
		return refuse(p, "it is a whiteout and a directory");
	case WHITEOUT_IGNORED:
		return 0;
	case WHITEOUT_BAD:
		return refuse(p, "its path has a whiteout that is damaged");
	case WHITEOUT_NONE:
	default:
		return make(p, e, path, ret_fd);
	}
}

/* A new file is ours, and of our group unless its directory passes on its own. */
static bool has_owner(const struct place *p, const struct place_entry *e)
{
	return p->fresh && e->uid == p->uid && e->gid == p->gid && !(p->parent_stat.st_mode & S_ISGID);
}

/* A new one got it when it was made, but for the bits that are lost when it gets its owner; a directory
 * may have taken its parent's set-group-ID bit. */
static bool has_mode(const struct place *p, const struct place_entry *e)
{
	return p->fresh && !p->clear_acls && !(e->mode & 07000) && !(p->parent_stat.st_mode & S_ISGID);
}

int place_own(struct place *p, const struct place_entry *e, int fd)
{
	int r = has_owner(p, e) ? 0 : inode_set_owner(fd, e->uid, e->gid);

	if (r >= 0 && p->clear_acls)
		r = inode_clear_acl(fd);
	if (r >= 0 && !S_ISLNK(e->mode) && !has_mode(p, e))
		r = inode_set_mode(fd, e->mode);
	/* It may be the parent of the entries to come, by whatever path. */
	if (S_ISDIR(e->mode) && !p->fresh)
		forget_parent(p);
	return r;
}

int place_time(struct place *p, const struct place_entry *e, int fd)
{
	cleanup_free char *path = NULL;
	int r;

	if (!S_ISDIR(e->mode))
		return inode_set_mtime(fd, e->mtime);
	path = normal_path(e->path);
	r = p->is_layer ? remember(p, &p->dir_stat, TOUCHED_TIME) : 0;
	return r < 0 ? r : note_time(p, path, &p->dir_stat, e->mtime);
}

static int set_time(struct place *p, const struct place_dir *d, dev_t dev)
{
	const char *path = p->dir_paths.buf + d->path;
	cleanup_close int fd = open_in_root(p->root_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0);
	struct stat st;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP || fd == -EACCES)
		return 0; /* a later entry replaced it, or made it a link that is not to be followed */
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0 && (st.st_ino != d->ino || st.st_dev != dev))
		return 0;
	return inode_set_mtime(fd, (struct timespec){ .tv_sec = d->mtime, .tv_nsec = d->mtime_ns });
}

int place_finish(struct place *p)
{
	struct stat root;

	if (fstat(p->root_fd, &root) < 0)
		return -errno;
	for (size_t i = 0; i < p->n_dirs; i++) {
		int r = set_time(p, &p->dirs[i], root.st_dev);

		if (r < 0)
			return r;
	}
	return 0;
}

void place_done(struct place *p)
{
	forget_parent(p);
	free(p->dirs);
	strbuf_done(&p->dir_paths);
	touched_done(&p->touched);
	*p = (struct place)PLACE_INIT(-1);
}
