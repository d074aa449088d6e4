/* SPDX-License-Identifier: MIT */
#include "base/copytree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/copydata.h"
#include "base/fs.h"
#include "base/inode.h"
#include "base/inodemap.h"
#include "base/strv.h"

/* --- hard links --------------------------------------------------------------------------- */

/* Where the first name of each file with several names is. A directory is kept once for all the
 * links in it and below it, so memory grows with the files and not with the length of their paths. */
struct place {
	struct place *parent; /* NULL for the root */
	char *name;
};

struct link {
	const struct place *dir;
	char name[];
};

struct places {
	struct place **all; /* to free them */
	size_t n;
};

static void places_done(struct places *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->all[i]->name);
		free(l->all[i]);
	}
	free(l->all);
}

static struct place *places_add(struct places *l, struct place *parent, const char *name)
{
	struct place *p = xmalloc(sizeof(*p));

	*p = (struct place){ parent, xstrdup(name) };
	if ((l->n & (l->n + 1)) == 0)
		l->all = xreallocarray(l->all, (l->n + 1) * 2, sizeof(struct place *));
	l->all[l->n++] = p;
	return p;
}

/* --- the copy ----------------------------------------------------------------------------- */

struct level {
	char *name;
	dev_t dev; /* of the copy's directory: to know it again on the way up */
	ino_t ino;
	struct place *place; /* made when a link needs it */
};

struct copy {
	const struct copytree *what;
	struct treewalk walk;
	struct inodemap links; /* struct link */
	struct places places;
	struct level *levels;
	size_t n;
	int to_fd; /* the copy of the deepest directory */
	struct stat to, except;
};

static void copy_done(struct copy *c)
{
	treewalk_done(&c->walk);
	inodemap_done(&c->links);
	places_done(&c->places);
	for (size_t i = 0; i < c->n; i++)
		free(c->levels[i].name);
	free(c->levels);
	if (c->to_fd >= 0)
		close(c->to_fd);
}

static struct place *current_place(struct copy *c)
{
	size_t i = c->n;

	while (i > 1 && !c->levels[i - 1].place)
		i--;
	for (; i < c->n; i++)
		c->levels[i].place = places_add(&c->places, c->levels[i - 1].place, c->levels[i].name);
	return c->levels[c->n - 1].place;
}

static int open_place(const struct copy *c, const struct place *p)
{
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_close int fd = fcntl(c->what->to_fd, F_DUPFD_CLOEXEC, 3);

	for (; p; p = p->parent)
		strv_add(&names, p->name);
	/* One by one: together they may be longer than the kernel takes. */
	for (size_t i = names.n; fd >= 0 && i > 0; i--) {
		int next = openat(fd, names.v[i - 1], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (next < 0)
			return -errno;
		close(fd);
		fd = next;
	}
	return fd < 0 ? -errno : TAKE_FD(fd);
}

/* 1 if the entry is now a link to a copy that was made before. */
static int try_link(struct copy *c, const struct tree_entry *e)
{
	const struct link *link = e->st.nlink < 2 ? NULL : *inodemap_get(&c->links, e->st.dev, e->st.ino);
	cleanup_close int dir_fd = -1;

	if (!link)
		return 0;
	dir_fd = open_place(c, link->dir);
	if (dir_fd < 0)
		return dir_fd;
	if (linkat(dir_fd, link->name, c->to_fd, e->name, 0) == 0)
		return 1;
	/* The source allows more names of one file than the place of the copy. */
	return errno == EMLINK ? 0 : -errno;
}

static void remember_link(struct copy *c, const struct tree_entry *e)
{
	size_t n = strlen(e->name) + 1;
	struct link *link;
	void **value;

	if (e->st.nlink < 2)
		return;
	link = xmalloc(sizeof(*link) + n);
	link->dir = current_place(c);
	memcpy(link->name, e->name, n);
	value = inodemap_get(&c->links, e->st.dev, e->st.ino);
	free(*value);
	*value = link;
}

static int copy_metadata(int from_fd, int to_fd, const struct tree_stat *st)
{
	int r = inode_set_owner(to_fd, st->uid, st->gid);

	if (r >= 0 && !S_ISLNK(st->mode))
		r = inode_set_mode(to_fd, st->mode);
	if (r >= 0)
		r = inode_copy_xattrs(from_fd, to_fd);
	return r < 0 ? r : inode_set_mtime(to_fd, st->mtime);
}

static int copy_regular(struct copy *c, const struct tree_entry *e)
{
	/* The link in /proc leads to the file that was looked at, whatever its name is by now. */
	cleanup_close int from = open(fd_path(e->fd).path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	cleanup_close int to = -1;
	int r;

	if (from < 0)
		return -errno;
	to = openat(c->to_fd, e->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = copy_data(from, to, e->st.size);
	return r < 0 ? r : copy_metadata(from, to, &e->st);
}

static int copy_symlink(const struct copy *c, const struct tree_entry *e)
{
	char target[PATH_MAX]; /* no link is longer */
	ssize_t n = readlinkat(e->fd, "", target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, c->to_fd, e->name) < 0 ? -errno : 0;
}

static int copy_special(const struct copy *c, const struct tree_entry *e)
{
	cleanup_close int to = -1;
	int r = 0;

	if (S_ISLNK(e->st.mode))
		r = copy_symlink(c, e);
	else if (mknodat(c->to_fd, e->name, (e->st.mode & S_IFMT) | 0600, e->st.rdev) < 0)
		r = -errno;
	if (r < 0)
		return r;
	to = openat(c->to_fd, e->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return to < 0 ? -errno : copy_metadata(e->fd, to, &e->st);
}

/* 1 if the entry is now a link to the file of the source. An immutable one can have none; nor one that has
 * too many already, or is of another file system. */
static int try_share(const struct copy *c, const struct tree_entry *e)
{
	if (!c->what->is_layer)
		return 0;
	if (linkat(e->fd, "", c->to_fd, e->name, AT_EMPTY_PATH) == 0)
		return 1;
	return errno == EPERM || errno == EMLINK || errno == EXDEV ? 0 : -errno;
}

static int copy_file(struct copy *c)
{
	const struct tree_entry *e = &c->walk.entry;
	int r;

	if (S_ISCHR(e->st.mode) && e->st.rdev == 0 && !c->what->is_layer)
		return 0;
	r = try_share(c, e);
	if (r == 0)
		r = try_link(c, e);
	if (r == 0) {
		r = S_ISREG(e->st.mode) ? copy_regular(c, e) : copy_special(c, e);
		if (r >= 0)
			remember_link(c, e);
	}
	/* A directory that changes while it is read may show a name twice. */
	return r == -EEXIST ? 0 : r;
}

/* --- directories -------------------------------------------------------------------------- */

static void set_to(struct copy *c, int fd)
{
	if (c->to_fd >= 0)
		close(c->to_fd);
	c->to_fd = fd;
}

static bool is_same(const struct tree_entry *e, const struct stat *st)
{
	return e->st.ino == st->st_ino && e->st.dev == st->st_dev;
}

/* A copy that went into itself would have no end. */
static bool stays_empty(const struct copy *c)
{
	const struct tree_entry *e = &c->walk.entry;

	return is_same(e, &c->to) || (c->what->except_fd >= 0 && is_same(e, &c->except));
}

static int enter(struct copy *c)
{
	const struct tree_entry *e = &c->walk.entry;
	bool top = c->n == 0;
	int fd, parent = top ? c->what->to_fd : c->to_fd;
	struct stat st;

	if (!top && mkdirat(parent, e->name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(parent, top ? "." : e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	set_to(c, fd);
	if (fstat(fd, &st) < 0)
		return -errno;
	if ((c->n & (c->n + 1)) == 0)
		c->levels = xreallocarray(c->levels, (c->n + 1) * 2, sizeof(*c->levels));
	c->levels[c->n++] = (struct level){ xstrdup(e->name), st.st_dev, st.st_ino, NULL };
	if (stays_empty(c))
		treewalk_prune(&c->walk);
	return 0;
}

/* All is in it: now its access list can no longer be inherited, nor its time change. */
static int leave(struct copy *c)
{
	const struct tree_entry *e = &c->walk.entry;
	int r = c->what->is_layer ? inode_copy_xattr(e->fd, c->to_fd, "trusted.overlay.opaque") : 0;
	struct stat st;
	int fd;

	if (r >= 0)
		r = copy_metadata(e->fd, c->to_fd, &e->st);
	if (r < 0)
		return r;
	free(c->levels[--c->n].name);
	if (c->n == 0)
		return 0;
	fd = openat(c->to_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	set_to(c, fd);
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_ino != c->levels[c->n - 1].ino || st.st_dev != c->levels[c->n - 1].dev)
		return -EBUSY;
	return 0;
}

static int copy_all(struct copy *c)
{
	int r = treewalk_start(&c->walk, c->what->from_fd, c->what->flags);

	while (r >= 0) {
		r = treewalk_next(&c->walk);
		if (r == TREE_END)
			return 0;
		if (r == TREE_ENTER)
			r = enter(c);
		else if (r == TREE_LEAVE)
			r = leave(c);
		else if (r == TREE_FILE)
			r = copy_file(c);
	}
	return r;
}

int copytree(const struct copytree *what, char **ret_path)
{
	cleanup_(copy_done) struct copy c = { .what = what, .walk = TREEWALK_INIT, .to_fd = -1 };
	int r = 0;

	if (fstat(what->to_fd, &c.to) < 0 ||
	    (what->except_fd >= 0 && fstat(what->except_fd, &c.except) < 0))
		r = -errno;
	if (r >= 0)
		r = copy_all(&c);
	if (r < 0)
		*ret_path = treewalk_path(&c.walk);
	return r;
}
