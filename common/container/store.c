/* SPDX-License-Identifier: MIT */
#include "container/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "container/value.h"

static int open_dir(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* The data directory itself: made with its parents when it is to be written. */
static int open_datadir(const char *path, enum store_mode mode)
{
	cleanup_close int root = -1, fd = -1;
	int r;

	if (mode == STORE_READ)
		return open_dir(AT_FDCWD, path);
	fd = open_dir(AT_FDCWD, path);
	if (fd == -ENOENT) {
		const char *name;

		root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = root < 0 ? -errno : open_parent_in_root(root, path, 0755, &name);
		if (fd < 0)
			return fd;
		if (mkdirat(fd, name, 0700) < 0 && errno != EEXIST)
			return -errno;
		close(fd);
		fd = open_dir(AT_FDCWD, path);
	}
	if (fd < 0)
		return fd;
	r = fchmod(fd, 0700) < 0 ? -errno : 0; /* nobody else looks into containers */
	return r < 0 && r != -EROFS ? r : TAKE_FD(fd);
}

static int open_parts(struct store *s, enum store_mode mode)
{
	static const struct {
		const char *name;
		mode_t mode;
		size_t offset;
	} dirs[] = {
		{ "state", 0700, offsetof(struct store, state_fd) },
		{ "containers", 0700, offsetof(struct store, containers_fd) },
		{ "fs", 0755, offsetof(struct store, fs_fd) },
		{ "locks", 0700, offsetof(struct store, locks_fd) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		int *fd = (int *)(void *)((char *)s + dirs[i].offset);
		int r = open_dir(s->fd, dirs[i].name);

		if (r == -ENOENT && mode == STORE_WRITE) {
			r = ensure_dir_at(s->fd, dirs[i].name, dirs[i].mode);
			if (r >= 0)
				r = open_dir(s->fd, dirs[i].name);
		}
		if (r < 0 && !(r == -ENOENT && mode == STORE_READ))
			return log_error_errno(r, "cannot use '%s/%s'", s->config.datadir, dirs[i].name);
		*fd = r;
	}
	return 0;
}

int store_open(enum store_mode mode, const char *config_path, struct store *ret)
{
	cleanup_store struct store s = STORE_INIT;
	int r = config_load(config_path, &s.config);

	if (r < 0)
		return r;
	s.fd = open_datadir(s.config.datadir, mode);
	if (s.fd == -EACCES && geteuid() != 0)
		return log_error_code(s.fd, "only root may look into '%s', try it with sudo", s.config.datadir);
	if (s.fd < 0 && !(s.fd == -ENOENT && mode == STORE_READ))
		return log_error_errno(s.fd, "cannot use the data directory '%s'", s.config.datadir);
	if (s.fd >= 0) {
		r = open_parts(&s, mode);
		if (r < 0)
			return r;
	}
	*ret = s;
	s = (struct store)STORE_INIT; /* what was opened and read is the caller's now */
	return 0;
}

const char *store_write_error(int r)
{
	switch (r) {
	case -ENOSPC:
		return "No space left on device: the disk of the data directory is full";
	case -EDQUOT:
		return "Disk quota exceeded on the disk of the data directory";
	default:
		return strerror(-r);
	}
}

void store_close(struct store *s)
{
	int *const fds[] = { &s->fd, &s->state_fd, &s->containers_fd, &s->fs_fd, &s->locks_fd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	config_done(&s->config);
}

char *store_path(const struct store *s)
{
	char path[PATH_MAX];
	ssize_t n = s->fd < 0 ? -1 : readlink(fd_path(s->fd).path, path, sizeof(path));

	return n < 0 ? xstrdup(s->config.datadir) : xstrndup(path, (size_t)n);
}

/* --- locks -------------------------------------------------------------------------------- */

int store_try_lock(const struct store *s, const char *kind, const char *name, enum lock_mode mode,
		   pid_t *ret_pid)
{
	cleanup_free char *file = xasprintf("%s/%s.lock", kind, name);
	int r;

	*ret_pid = 0;
	r = ensure_dir_at(s->locks_fd, kind, 0700);
	if (r < 0 && r != -EROFS)
		return r;
	return lock_try_at(s->locks_fd, file, mode, ret_pid);
}

int store_lock(const struct store *s, const char *kind, const char *name, enum lock_mode mode)
{
	pid_t pid;
	int fd = store_try_lock(s, kind, name, mode, &pid);

	if (fd == -EBUSY && pid > 0)
		return log_error_code(fd, "'%s' is in use by another sdme command (process %d), try again when it is done",
				      name, (int)pid);
	if (fd == -EBUSY)
		return log_error_code(fd, "'%s' is in use by another sdme command, try again when it is done", name);
	if (fd < 0)
		return log_error_errno(fd, "cannot lock '%s'", name);
	return fd;
}

void store_forget_lock(const struct store *s, const char *kind, const char *name)
{
	cleanup_free char *file = xasprintf("%s/%s.lock", kind, name);

	(void)unlinkat(s->locks_fd, file, 0);
}

/* --- names -------------------------------------------------------------------------------- */

int store_list(int dir_fd, struct strv *names)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *e;
	int fd;

	if (dir_fd < 0)
		return 0;
	fd = open_dir(dir_fd, "."); /* an offset of its own */
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -errno;
	}
	while (errno = 0, (e = readdir(dir))) {
		if (!check_name(e->d_name))
			strv_add(names, e->d_name);
	}
	if (errno)
		return -errno;
	strv_sort(names);
	return 0;
}

int store_resolve(const struct store *s, const char *input, char **ret_name)
{
	cleanup_strv struct strv names = STRV_INIT, matches = STRV_INIT;
	cleanup_free char *all = NULL;
	int r;

	if (!*input)
		return log_error_code(-EINVAL, "the name of a container cannot be empty");
	r = store_list(s->state_fd, &names);
	if (r < 0)
		return log_error_errno(r, "cannot list the containers in '%s'", s->config.datadir);
	STRV_FOREACH(name, &names) {
		if (streq(name, input)) {
			*ret_name = xstrdup(name);
			return 0;
		}
		if (after_prefix(name, input))
			strv_add(&matches, name);
	}
	if (matches.n == 0)
		return log_error_code(-ENOENT, "no container found matching '%s'", input);
	if (matches.n > 1) {
		all = strv_join(&matches, ", ");
		return log_error_code(-ENOENT, "ambiguous name '%s', could match: %s", input, all);
	}
	*ret_name = xstrdup(matches.v[0]);
	return 0;
}
