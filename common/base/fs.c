/* SPDX-License-Identifier: MIT */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "base/strv.h"

int open_in_root(int root_fd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	/* EAGAIN: a rename or mount raced with ".."; the kernel asks to try again (openat2(2)). A
	 * hostile writer can do that for ever, so not without an end. */
	for (int tries = 0; tries < 100; tries++) {
		long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return -errno;
}

int open_dir_in_root(int root_fd, const char *path)
{
	cleanup_free char *dot = xasprintf("%s/.", path);

	return open_in_root(root_fd, dot, O_PATH | O_DIRECTORY, 0);
}

/* The length of the path without its last part, and without the slashes before that. */
static size_t parent_length(const char *path, size_t n)
{
	while (n > 0 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 0 && path[n - 1] == '/')
		n--;
	return n;
}

/* The first n bytes of path, as a directory in the root. */
static int open_start(int root_fd, const char *path, size_t n)
{
	cleanup_free char *start = xstrndup(path, n);

	return open_dir_in_root(root_fd, start);
}

int mkdir_in_root(int root_fd, const char *path, mode_t mode)
{
	size_t n = strlen(path);
	int fd;

	/* Of a tree's paths most parts are there, so look from the end. */
	while ((fd = open_start(root_fd, path, n)) == -ENOENT && n > 0)
		n = parent_length(path, n);
	while (fd >= 0 && path[n += strspn(path + n, "/")]) {
		size_t length = strcspn(path + n, "/");
		cleanup_free char *part = xstrndup(path + n, length);
		int r = mkdirat(fd, part, mode) < 0 && errno != EEXIST ? -errno : 0;

		close(fd);
		n += length;
		/* Resolved from the root again: what is there by now may be a link to anywhere in it. */
		fd = r < 0 ? r : open_start(root_fd, path, n);
	}
	return fd;
}

int open_parent_in_root(int root_fd, const char *path, mode_t mode, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	cleanup_free char *parent = xstrndup(path, slash ? (size_t)(slash - path) : 0);
	int fd;

	if (!*name || streq(name, ".") || streq(name, ".."))
		return -EINVAL;
	fd = mkdir_in_root(root_fd, parent, mode);
	if (fd >= 0)
		*ret_name = name;
	return fd;
}

static int read_all(int fd, size_t max, char **ret_text)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	for (;;) {
		ssize_t n = read(fd, strbuf_reserve(&s, 4096), 4096);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		s.len += (size_t)n;
		if (s.len > max)
			return -EFBIG;
	}
	strbuf_reserve(&s, 0);
	if (memchr(s.buf, '\0', s.len))
		return -EINVAL;
	*ret_text = strbuf_detach(&s);
	return 0;
}

int read_file_at(int dir_fd, const char *name, size_t max, char **ret_text)
{
	cleanup_close int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : read_all(fd, max, ret_text);
}

int open_file_in_root(int root_fd, const char *path, int flags)
{
	/* Looked at before it is opened: a hostile tree may have a device there, and some do things when
	 * they are opened. */
	cleanup_close int path_fd = open_in_root(root_fd, path, O_PATH | (flags & O_NOFOLLOW), 0);
	struct stat st;
	int fd;

	if (path_fd < 0)
		return path_fd;
	if (fstat(path_fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENOTSUP;
	fd = open(fd_path(path_fd).path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

int read_file_in_root(int root_fd, const char *path, size_t max, char **ret_text)
{
	cleanup_close int fd = open_file_in_root(root_fd, path, 0);

	return fd < 0 ? fd : read_all(fd, max, ret_text);
}

ssize_t pread_all(int fd, void *data, size_t len, uint64_t offset)
{
	size_t n = 0;

	while (n < len) {
		ssize_t got = pread(fd, (char *)data + n, len - n, (off_t)(offset + n));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_new_file(int dir_fd, const char *name, const char *text, mode_t mode, bool sync)
{
	cleanup_close int fd =
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, text, strlen(text));
	if (r >= 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r >= 0 && sync && fsync(fd) < 0)
		r = -errno;
	return r;
}

int write_file_atomic_at(int dir_fd, const char *name, const char *text, mode_t mode,
			 enum write_flags flags)
{
	/* The pid keeps writers of one name apart; a leftover of a dead one is in nobody's way. */
	cleanup_free char *temp = xasprintf(".%s.tmp-%d", name, (int)getpid());
	bool sync = !(flags & WRITE_NO_SYNC);
	int r;

	if (unlinkat(dir_fd, temp, 0) < 0 && errno != ENOENT)
		return -errno;
	r = write_new_file(dir_fd, temp, text, mode, sync);
	if (r >= 0 && flags & WRITE_EXCL)
		r = rename_noreplace_at(dir_fd, temp, dir_fd, name);
	else if (r >= 0 && renameat(dir_fd, temp, dir_fd, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir_fd, temp, 0);
		return r;
	}
	return sync ? fsync_dir_at(dir_fd, ".") : 0;
}

/* ".NAME.tmp-PID" of a process that is gone. */
static bool is_stale_temp(const char *file, const char *name)
{
	const char *mark = strstr(file, ".tmp-");
	size_t n = strlen(name);
	uint64_t pid;

	if (file[0] != '.' || !mark || parse_u64(mark + strlen(".tmp-"), 1, INT32_MAX, &pid) < 0)
		return false;
	if (n > 0 && (mark != file + 1 + n || strncmp(file + 1, name, n) != 0))
		return false;
	return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

void remove_stale_temps(int dir_fd, const char *name)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *e;
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (e = readdir(dir))) {
		if (is_stale_temp(e->d_name, name))
			(void)unlinkat(dir_fd, e->d_name, 0);
	}
}

/* --- rmtree ------------------------------------------------------------------------------- */

/* One directory on the way down. Only the deepest has its stream open, so the depth of a tree is
 * bounded by memory and not by descriptors: the way up is openat(".."), checked by inode. */
struct level {
	char *name; /* in the directory above */
	dev_t dev;
	ino_t ino;
	struct strv dirs; /* what is in it and no file; read once, for large directories */
	size_t next_dir;
	bool read;
};

struct walk {
	struct level *levels;
	size_t n;
	DIR *dir; /* of the deepest level */
};

static void walk_done(struct walk *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->levels[i].name);
		strv_done(&w->levels[i].dirs);
	}
	free(w->levels);
	if (w->dir)
		closedir(w->dir);
}

static int walk_set_dir(struct walk *w, int fd)
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

/* RESOLVE_NO_XDEV: a mount point is refused even when what is mounted is a directory of the same
 * file system. What is mounted is not ours to delete. */
static int open_for_removal(int dir_fd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));

	if (fd < 0 && errno == EACCES && fchmodat(dir_fd, name, 0700, 0) == 0)
		fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
	if (fd < 0)
		return errno == EXDEV ? -EBUSY : -errno;
	return (int)fd;
}

/* Take from it what protects even against root (chattr(1), +i and +a), which whoever owned the tree may
 * have set. Whether there was anything. */
static bool unprotect(int fd)
{
	int flags;

	/* ioctl_iflags(2): the argument is an int, whatever the header says. */
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || !(flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)))
		return false;
	flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
	return ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
}

static bool unprotect_at(int dir_fd, const char *name)
{
	cleanup_close int fd = -1;
	struct stat st;

	/* Nothing else has these flags, and opening a device does something to it. */
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		return false;
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 && unprotect(fd);
}

/* 0 also when there is none; -EISDIR or -EPERM for a directory. What is in the way goes as well, in the
 * directory itself only if that is to be removed, too. */
static int remove_file(int dir_fd, const char *name, bool with_dir)
{
	bool again = false;
	int error;

	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	error = errno;
	if (error == EACCES)
		again = with_dir && fchmod(dir_fd, 0700) == 0;
	if (error == EPERM) {
		again = with_dir && unprotect(dir_fd);
		again = unprotect_at(dir_fd, name) || again;
	}
	if (!again)
		return -error;
	return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int walk_down(struct walk *w, int dir_fd, const char *name)
{
	cleanup_close int fd = open_for_removal(dir_fd, name);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if ((w->n & (w->n + 1)) == 0)
		w->levels = xreallocarray(w->levels, (w->n + 1) * 2, sizeof(*w->levels));
	w->levels[w->n++] =
		(struct level){ .name = xstrdup(name), .dev = st.st_dev, .ino = st.st_ino };
	return walk_set_dir(w, TAKE_FD(fd));
}

/* Leave the deepest directory, which is empty, and remove it. */
static int walk_up(struct walk *w, int top_fd)
{
	attr_unused cleanup_strv struct strv done = w->levels[--w->n].dirs;
	cleanup_free char *name = w->levels[w->n].name;
	cleanup_close int fd = -1;
	struct stat st;

	if (w->n == 0)
		return unlinkat(top_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
	fd = openat(dirfd(w->dir), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_ino != w->levels[w->n - 1].ino || st.st_dev != w->levels[w->n - 1].dev)
		return -EBUSY; /* somebody moved the tree under us */
	if (unlinkat(fd, name, AT_REMOVEDIR) < 0)
		return -errno;
	return walk_set_dir(w, TAKE_FD(fd));
}

/* Remove the files of the deepest directory, and note what else is in it. */
static int walk_read(struct walk *w, struct level *level)
{
	struct dirent *e;
	int r;

	while (errno = 0, (e = readdir(w->dir))) {
		if (streq(e->d_name, ".") || streq(e->d_name, ".."))
			continue;
		r = remove_file(dirfd(w->dir), e->d_name, true);
		if (r != -EISDIR && r != -EPERM && r < 0)
			return r;
		if (r < 0)
			strv_add(&level->dirs, e->d_name);
	}
	level->read = true;
	return -errno;
}

/* Go down into the next sub-directory. Returns 1 when there is none left. */
static int walk_step(struct walk *w)
{
	struct level *level = &w->levels[w->n - 1];
	int r = level->read ? 0 : walk_read(w, level);

	if (r < 0)
		return r;
	while (level->next_dir < level->dirs.n) {
		r = walk_down(w, dirfd(w->dir), level->dirs.v[level->next_dir++]);
		if (r != -ENOENT)
			return r == -ENOTDIR ? -EPERM : r;
	}
	return 1;
}

int rmtree_at(int dir_fd, const char *name)
{
	cleanup_(walk_done) struct walk w = { 0 };
	int r;

	r = remove_file(dir_fd, name, false);
	if (r != -EISDIR && r != -EPERM)
		return r;
	for (r = walk_down(&w, dir_fd, name); r >= 0 && w.n > 0;) {
		r = walk_step(&w);
		if (r == 1)
			r = walk_up(&w, dir_fd);
	}
	return r;
}

int rmtree_content(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir) {
		r = -errno;
		cleanup_close_p(&fd);
		return r;
	}
	while (r >= 0 && (errno = 0, e = readdir(dir)))
		r = streq(e->d_name, ".") || streq(e->d_name, "..") ? 0
								     : rmtree_at(dir_fd, e->d_name);
	if (r >= 0)
		r = -errno;
	closedir(dir);
	return r;
}

/* ------------------------------------------------------------------------------------------ */

int ensure_dir_at(int dir_fd, const char *name, mode_t mode)
{
	struct stat st;

	if (mkdirat(dir_fd, name, mode) < 0) {
		if (errno != EEXIST)
			return -errno;
		if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	}
	return fchmodat(dir_fd, name, mode, 0) < 0 ? -errno : 0;
}

int rename_noreplace_at(int from_fd, const char *from, int to_fd, const char *to)
{
	return renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

struct fd_path fd_path(int fd)
{
	struct fd_path p;

	snprintf(p.path, sizeof(p.path), "/proc/self/fd/%d", fd);
	return p;
}

bool exists_at(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int fsync_dir_at(int dir_fd, const char *name)
{
	cleanup_close int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}
