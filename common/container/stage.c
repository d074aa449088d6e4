/* SPDX-License-Identifier: MIT */
#include "container/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/inode.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "container/rootfs.h"
#include "container/value.h"
#include "host/writeback.h"

/* --- what is left over -------------------------------------------------------------------- */

enum leftover {
	LEFT_NONE,
	LEFT_TREE,     /* .NAME.KIND-txn-PID */
	LEFT_META,     /* .NAME.meta */
	LEFT_NEW_META, /* .NAME.meta.new */
	LEFT_TEMP,     /* ..NAME.meta.new.tmp-PID, of write_file_atomic_at() */
};

/* What an entry of fs/ would be if nobody worked on it, and of which root filesystem; the caller
 * frees *ret_name. */
static enum leftover classify(const char *entry, char **ret_name)
{
	bool temp = entry[0] == '.' && entry[1] == '.';
	const char *start = entry + 1 + temp, *dot, *txn;
	cleanup_free char *name = NULL;
	enum leftover kind = LEFT_NONE;

	if (entry[0] != '.' || !(dot = strchr(start, '.')))
		return LEFT_NONE;
	name = xstrndup(start, (size_t)(dot - start));
	if (check_name(name))
		return LEFT_NONE;
	txn = strstr(dot, "-txn-");
	if (temp && (after_prefix(dot, ".meta.new.tmp-") || after_prefix(dot, ".meta.tmp-")))
		kind = LEFT_TEMP;
	else if (!temp && streq(dot, ".meta"))
		kind = LEFT_META;
	else if (!temp && streq(dot, ".meta.new"))
		kind = LEFT_NEW_META;
	else if (!temp && txn && txn[5] && strspn(txn + 5, "0123456789") == strlen(txn + 5))
		kind = LEFT_TREE;
	if (kind != LEFT_NONE)
		*ret_name = TAKE_PTR(name);
	return kind;
}

/* All entries of a directory, those with a dot too. */
static int list_entries(int dir_fd, const char *path, struct strv *entries)
{
	cleanup_close int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir)
		return -errno;
	(void)TAKE_FD(fd); /* the stream's now */
	while (errno = 0, (e = readdir(dir)))
		strv_add(entries, e->d_name);
	return -errno;
}

static int wait_for_workers(const struct store *s, const char *dir)
{
	cleanup_close int fd = openat(s->fs_fd, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP || errno == ENOENT ? 0 : -errno;
	while (flock(fd, LOCK_EX) < 0) {
		if (errno != EINTR || interrupted())
			return -errno;
	}
	return 0;
}

static int remove_tree(const struct store *s, const char *dir)
{
	int r = wait_for_workers(s, dir);

	if (r >= 0)
		r = rmtree_at(s->fs_fd, dir);
	if (r < 0)
		return log_error_errno(r, "cannot remove '%s/fs/%s'", s->config.datadir, dir);
	return 1;
}

static int remove_file(const struct store *s, const char *file)
{
	if (unlinkat(s->fs_fd, file, 0) < 0 && errno != ENOENT)
		return log_error_errno(-errno, "cannot remove '%s/fs/%s'", s->config.datadir, file);
	return 1;
}

/* Step 4 of somebody who was killed after step 3; if it was before that, the meta is void. */
static int settle_new_meta(const struct store *s, const char *name, const char *new_file)
{
	cleanup_free char *file = xasprintf(".%s.meta", name);
	cleanup_kvfile struct kvfile meta = KVFILE_INIT;

	if (rootfs_read_new_meta(s, name, &meta) < 0)
		return remove_file(s, new_file);
	if (renameat(s->fs_fd, new_file, s->fs_fd, file) < 0)
		return log_error_errno(-errno, "cannot write '%s/fs/%s'", s->config.datadir, file);
	return 1;
}

static int clear_entry(const struct store *s, const char *entry, const char *name, enum leftover kind)
{
	switch (kind) {
	case LEFT_TREE:
		return remove_tree(s, entry);
	case LEFT_NEW_META:
		return settle_new_meta(s, name, entry);
	case LEFT_TEMP:
		return remove_file(s, entry);
	case LEFT_META:
		return exists_at(s->fs_fd, name) ? 0 : remove_file(s, entry);
	case LEFT_NONE:
		break;
	}
	return 0;
}

/* Clear away what is left over of NAME, whose lock the caller holds. Returns how much. */
static int clear_name(const struct store *s, const char *wanted)
{
	cleanup_strv struct strv entries = STRV_INIT;
	int n = 0, r = list_entries(s->fs_fd, ".", &entries);

	if (r < 0)
		return log_error_errno(r, "cannot list '%s/fs'", s->config.datadir);
	/* Trees last: .NAME.meta.new must not outlive the tree whose inode number it has, which another
	 * tree could get. */
	for (int trees = 0; trees < 2; trees++) {
		STRV_FOREACH(entry, &entries) {
			cleanup_free char *name = NULL;
			enum leftover kind = classify(entry, &name);

			if (kind == LEFT_NONE || !streq(name, wanted) || (kind == LEFT_TREE) != trees)
				continue;
			r = clear_entry(s, entry, name, kind);
			if (r < 0)
				return r;
			n += r;
		}
	}
	return n;
}

/* The locks of commands that were killed before there was anything to lock, or after it was gone. */
static void forget_stale_locks(const struct store *s)
{
	cleanup_strv struct strv files = STRV_INIT;

	(void)list_entries(s->locks_fd, "fs", &files); /* none is there at first; what stays does no harm */
	STRV_FOREACH(file, &files) {
		cleanup_free char *name = xstrndup(file, strcspn(file, "."));
		cleanup_close int lock = -1;
		pid_t pid;

		if (check_name(name) || exists_at(s->fs_fd, name))
			continue;
		lock = store_try_lock(s, "fs", name, LOCK_MODE_EXCLUSIVE, &pid);
		if (lock >= 0 && !exists_at(s->fs_fd, name))
			store_forget_lock(s, "fs", name);
	}
}

int stage_gc(const struct store *s)
{
	cleanup_strv struct strv entries = STRV_INIT;
	int n = 0, first_error = 0, r = s->fs_fd < 0 ? 0 : list_entries(s->fs_fd, ".", &entries);

	if (r < 0)
		return log_error_errno(r, "cannot list '%s/fs'", s->config.datadir);
	STRV_FOREACH(entry, &entries) {
		cleanup_free char *name = NULL;
		cleanup_close int lock = -1;
		enum leftover kind = classify(entry, &name);
		pid_t pid;

		if (kind == LEFT_NONE || (kind == LEFT_META && exists_at(s->fs_fd, name)))
			continue;
		lock = store_try_lock(s, "fs", name, LOCK_MODE_EXCLUSIVE, &pid);
		if (lock < 0)
			continue; /* somebody is at work */
		r = clear_name(s, name);
		if (!exists_at(s->fs_fd, name))
			store_forget_lock(s, "fs", name);
		if (r >= 0)
			n += r;
		else if (first_error == 0)
			first_error = r;
	}
	forget_stale_locks(s);
	return first_error < 0 ? first_error : n;
}

/* --- a new one ---------------------------------------------------------------------------- */

static int make_staged_dir(struct stage *st)
{
	const struct store *s = st->store;
	cleanup_free char *dir = xasprintf(".%s.import-txn-%d", st->name, (int)getpid());

	if (mkdirat(s->fs_fd, dir, 0700) < 0)
		return -errno;
	st->dir = TAKE_PTR(dir);
	st->fd = openat(s->fs_fd, st->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (st->fd < 0 || flock(st->fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	/* An access list of fs/ is none of the new system's. */
	return inode_clear_acl(st->fd) < 0 || fchmod(st->fd, 0755) < 0 ? -errno : 0;
}

int stage_begin(const struct store *s, const char *name, bool replace, struct stage *ret)
{
	cleanup_stage struct stage st = STAGE_INIT;
	int r;

	st.store = s;
	st.name = xstrdup(name);
	st.lock_fd = store_lock(s, "fs", name, LOCK_MODE_EXCLUSIVE);
	if (st.lock_fd < 0)
		return st.lock_fd;
	r = clear_name(s, name);
	if (r >= 0 && exists_at(s->fs_fd, name)) {
		if (!replace)
			return log_error_code(-EEXIST, "there is a root filesystem '%s' already (--force replaces it)",
					      name);
		r = rootfs_check_unused(s, name);
	}
	if (r < 0)
		return r;
	r = make_staged_dir(&st);
	if (r < 0)
		return log_error_errno(r, "cannot make a directory in '%s/fs'", s->config.datadir);
	r = writeback_start(&st.writeback, s->fs_fd);
	if (r < 0)
		return r;
	*ret = st;
	st = (struct stage)STAGE_INIT;
	return 0;
}

int stage_set_aside(struct stage *st, int *ret_fd)
{
	const struct store *s = st->store;
	cleanup_free char *aside = xasprintf(".%s.archive-txn-%d", st->name, (int)getpid());
	cleanup_close int fd = st->fd;
	int r = rename_noreplace_at(s->fs_fd, st->dir, s->fs_fd, aside);

	if (r >= 0) {
		st->aside = TAKE_PTR(aside);
		free(st->dir);
		st->dir = NULL;
		st->fd = -1;
		r = make_staged_dir(st);
	} else {
		st->fd = TAKE_FD(fd);
	}
	if (r < 0)
		return log_error_errno(r, "cannot make a directory in '%s/fs'", s->config.datadir);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int write_new_meta(const struct stage *st, struct kvfile *meta, const char *file)
{
	char tree[DECIMAL_MAX(ino_t)];
	cleanup_free char *text = NULL;
	struct stat data;

	if (fstat(st->fd, &data) < 0)
		return -errno;
	snprintf(tree, sizeof(tree), "%llu", (unsigned long long)data.st_ino);
	kvfile_set(meta, "TREE", tree);
	text = kvfile_format(meta);
	return write_file_atomic_at(st->store->fs_fd, file, text, 0644, 0);
}

/* Step 3. When there was an old tree, it has the staged one's name afterwards. */
static int publish(struct stage *st, bool replace)
{
	int fs_fd = st->store->fs_fd;

	if (replace && exists_at(fs_fd, st->name))
		return renameat2(fs_fd, st->dir, fs_fd, st->name, RENAME_EXCHANGE) < 0 ? -errno : 0;
	return rename_noreplace_at(fs_fd, st->dir, fs_fd, st->name);
}

int stage_commit(struct stage *st, struct kvfile *meta, bool replace)
{
	const struct store *s = st->store;
	cleanup_free char *file = xasprintf(".%s.meta", st->name), *next = xasprintf("%s.new", file);
	int r = interrupted() ? -EINTR : 0;

	if (r >= 0 && replace && exists_at(s->fs_fd, st->name))
		r = rootfs_check_unused(s, st->name);
	if (r < 0)
		return r;
	worker_done(&st->writeback);
	r = syncfs(st->fd) < 0 ? -errno : 0;
	if (r >= 0)
		r = write_new_meta(st, meta, next);
	if (r >= 0)
		r = publish(st, replace);
	if (r < 0) {
		(void)unlinkat(s->fs_fd, next, 0);
		return log_error_errno(r, "cannot put the root filesystem '%s' into '%s/fs'", st->name,
				       s->config.datadir);
	}
	/* From here on it is there; what fails now, the next command does again. */
	r = fsync_dir_at(s->fs_fd, ".");
	if (renameat(s->fs_fd, next, s->fs_fd, file) < 0)
		r = -errno;
	if (r >= 0)
		r = fsync_dir_at(s->fs_fd, ".");
	if (r < 0)
		log_warning_errno(r, "cannot finish the import of '%s'", st->name);
	return 0;
}

void stage_done(struct stage *st)
{
	worker_done(&st->writeback);
	/* Ours alone is gone, or in it is the tree that was replaced. Our own lock must not stop us. */
	if (st->fd >= 0)
		close(st->fd);
	if (st->dir && exists_at(st->store->fs_fd, st->dir))
		(void)remove_tree(st->store, st->dir);
	if (st->aside)
		(void)remove_tree(st->store, st->aside);
	if (st->lock_fd >= 0) {
		if (!exists_at(st->store->fs_fd, st->name))
			store_forget_lock(st->store, "fs", st->name);
		close(st->lock_fd);
	}
	free(st->dir);
	free(st->aside);
	free(st->name);
	*st = (struct stage)STAGE_INIT;
}

/* --- removal ------------------------------------------------------------------------------ */

static int rename_and_remove(const struct store *s, const char *name)
{
	cleanup_free char *dir = xasprintf(".%s.remove-txn-%d", name, (int)getpid());
	cleanup_free char *meta = xasprintf(".%s.meta", name);
	int r = rename_noreplace_at(s->fs_fd, name, s->fs_fd, dir);

	if (r < 0)
		return log_error_errno(r, "cannot remove the root filesystem '%s'", name);
	/* Somebody may have written a state by hand, who takes no locks. */
	r = rootfs_check_unused(s, name);
	if (r < 0) {
		(void)rename_noreplace_at(s->fs_fd, dir, s->fs_fd, name);
		return r;
	}
	r = remove_tree(s, dir);
	return r < 0 ? r : remove_file(s, meta);
}

int stage_remove(const struct store *s, const char *name)
{
	cleanup_close int lock = -1;
	int r = rootfs_check(s, name);

	if (r < 0)
		return r;
	lock = store_lock(s, "fs", name, LOCK_MODE_EXCLUSIVE);
	if (lock < 0)
		return lock;
	r = rootfs_check(s, name);
	if (r >= 0)
		r = rootfs_check_unused(s, name);
	if (r >= 0)
		r = clear_name(s, name);
	if (r >= 0)
		r = rename_and_remove(s, name);
	if (r < 0)
		return r;
	store_forget_lock(s, "fs", name);
	return 0;
}
