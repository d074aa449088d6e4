/* SPDX-License-Identifier: MIT */
#include "base/treewalk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/strbuf.h"
#include "base/strv.h"

/* One directory on the way down. The way up is "..", checked by inode. */
struct tree_level {
	char *name; /* in the directory above */
	struct tree_stat st;
	struct strv dirs; /* the names of its sub-directories */
	size_t next_dir;
	bool read; /* dirs is complete and the files have appeared */
};

static int stat_fd(int fd, struct tree_stat *ret)
{
	struct statx x;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_MNT_ID, &x) < 0)
		return -errno;
	*ret = (struct tree_stat){
		.mode = x.stx_mode,
		.uid = x.stx_uid,
		.gid = x.stx_gid,
		.dev = makedev(x.stx_dev_major, x.stx_dev_minor),
		.rdev = makedev(x.stx_rdev_major, x.stx_rdev_minor),
		.ino = x.stx_ino,
		.nlink = x.stx_nlink,
		.size = x.stx_size,
		.blocks = x.stx_blocks,
		.mount = x.stx_mnt_id,
		.mtime = { .tv_sec = x.stx_mtime.tv_sec, .tv_nsec = x.stx_mtime.tv_nsec },
	};
	return 0;
}

static struct tree_level *deepest(struct treewalk *w)
{
	return &w->levels[w->n - 1];
}

static bool is_foreign(const struct treewalk *w, const struct tree_stat *st)
{
	return !(w->flags & TREEWALK_CROSS) && w->n > 0 && st->mount != w->levels[0].st.mount;
}

static int set_dir(struct treewalk *w, int fd)
{
	DIR *dir = fdopendir(fd);

	if (!dir) {
		int r = -errno;

		close(fd);
		return r;
	}
	if (w->dir)
		closedir(w->dir);
	w->dir = dir;
	return 0;
}

static int show(struct treewalk *w, enum tree_event event, const char *name, int fd,
		const struct tree_stat *st)
{
	w->entry = (struct tree_entry){ .name = name, .fd = fd, .st = *st };
	return (int)event;
}

/* Enter the directory name of dir_fd. -ENOENT when it is no directory any more. */
static int go_down(struct treewalk *w, int dir_fd, const char *name)
{
	cleanup_close int fd =
		openat(dir_fd, *name ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct tree_level level = { .read = false };
	int r;

	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? -ENOENT : -errno;
	r = stat_fd(fd, &level.st);
	if (r < 0)
		return r;
	level.read = is_foreign(w, &level.st);
	level.name = xstrdup(name);
	if ((w->n & (w->n + 1)) == 0)
		w->levels = xreallocarray(w->levels, (w->n + 1) * 2, sizeof(*w->levels));
	w->levels[w->n++] = level;
	r = set_dir(w, TAKE_FD(fd));
	if (r < 0)
		return r;
	return show(w, TREE_ENTER, deepest(w)->name, dirfd(w->dir), &level.st);
}

/* Back to the directory above. */
static int go_up(struct treewalk *w)
{
	struct tree_level *left = deepest(w);
	cleanup_close int fd = -1;
	struct tree_stat st;
	int r;

	free(left->name);
	strv_done(&left->dirs);
	w->n--;
	if (w->n == 0)
		return 0;
	fd = openat(dirfd(w->dir), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = stat_fd(fd, &st);
	if (r < 0)
		return r;
	if (st.ino != deepest(w)->st.ino || st.dev != deepest(w)->st.dev)
		return -EBUSY;
	return set_dir(w, TAKE_FD(fd));
}

/* Show the entry, or keep its name for later if it is a directory: then, and if it is gone or not
 * to be shown, the answer is TREE_END. */
static int take_entry(struct treewalk *w, const struct dirent *e)
{
	cleanup_close int fd = -1;
	struct tree_stat st;
	int r;

	if (e->d_type == DT_DIR) {
		strv_add(&deepest(w)->dirs, e->d_name);
		return TREE_END;
	}
	/* O_PATH: opening a device or a FIFO would do something to it. */
	fd = openat(dirfd(w->dir), e->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? TREE_END : -errno;
	r = stat_fd(fd, &st);
	if (r < 0)
		return r;
	if (S_ISDIR(st.mode)) {
		strv_add(&deepest(w)->dirs, e->d_name);
		return TREE_END;
	}
	if (is_foreign(w, &st))
		return TREE_END;
	w->file_fd = TAKE_FD(fd);
	return show(w, TREE_FILE, e->d_name, w->file_fd, &st);
}

/* The next file of the deepest directory, or TREE_END when it has no more. */
static int next_file(struct treewalk *w)
{
	struct dirent *e;

	while (errno = 0, (e = readdir(w->dir))) {
		int r = streq(e->d_name, ".") || streq(e->d_name, "..") ? 0 : take_entry(w, e);

		if (r != TREE_END)
			return r;
	}
	if (errno)
		return -errno;
	deepest(w)->read = true;
	return TREE_END;
}

/* The next sub-directory is entered, or the deepest directory shown as left. */
static int next_dir(struct treewalk *w)
{
	struct tree_level *level = deepest(w);

	while (level->next_dir < level->dirs.n) {
		const char *name = level->dirs.v[level->next_dir++];
		int r = go_down(w, dirfd(w->dir), name);

		if (r != -ENOENT)
			return r;
	}
	return show(w, TREE_LEAVE, level->name, dirfd(w->dir), &level->st);
}

int treewalk_start(struct treewalk *w, int root_fd, enum treewalk_flags flags)
{
	int r;

	w->flags = flags;
	r = go_down(w, root_fd, "");
	return r < 0 ? r : 0;
}

static bool was_left(const struct treewalk *w)
{
	const struct tree_level *level = &w->levels[w->n - 1];

	return level->read && level->next_dir > level->dirs.n;
}

int treewalk_next(struct treewalk *w)
{
	int r;

	if (interrupted())
		return -EINTR;
	if (!w->started) { /* treewalk_start() has filled in the root */
		w->started = true;
		return TREE_ENTER;
	}
	if (w->file_fd >= 0)
		close(w->file_fd);
	w->file_fd = -1;
	if (w->n > 0 && was_left(w)) {
		r = go_up(w);
		if (r < 0)
			return r;
	}
	if (w->n == 0)
		return TREE_END;
	if (!deepest(w)->read) {
		r = next_file(w);
		if (r != TREE_END)
			return r;
	}
	r = next_dir(w);
	if (r == TREE_LEAVE)
		deepest(w)->next_dir = deepest(w)->dirs.n + 1;
	return r;
}

void treewalk_prune(struct treewalk *w)
{
	deepest(w)->read = true;
}

char *treewalk_path(const struct treewalk *w)
{
	struct strbuf s = STRBUF_INIT;

	/* The root's name is empty. The entry of an event other than TREE_FILE is the deepest level. */
	for (size_t i = 1; i < w->n; i++)
		strbuf_addf(&s, "%s%s", i > 1 ? "/" : "", w->levels[i].name);
	if (w->file_fd >= 0)
		strbuf_addf(&s, "%s%s", w->n > 1 ? "/" : "", w->entry.name);
	return strbuf_detach(&s);
}

void treewalk_done(struct treewalk *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->levels[i].name);
		strv_done(&w->levels[i].dirs);
	}
	free(w->levels);
	if (w->dir)
		closedir(w->dir);
	if (w->file_fd >= 0)
		close(w->file_fd);
	*w = (struct treewalk)TREEWALK_INIT;
}
