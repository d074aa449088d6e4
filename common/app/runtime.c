/* SPDX-License-Identifier: MIT */
#include "app/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/parse.h"

static struct flock whole_file(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

static int open_locked(struct runtime *rt, const char *path)
{
	struct flock lock = whole_file();

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	rt->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (rt->dir_fd < 0)
		return -errno;
	rt->pid_fd = openat(rt->dir_fd, "pid", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (rt->pid_fd < 0)
		return -errno;
	if (fcntl(rt->pid_fd, F_SETLK, &lock) < 0)
		return errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	return 0;
}

int runtime_open(struct runtime *rt, const char *name)
{
	cleanup_free char *path = xasprintf(RUNTIME_DIR, name);
	int r = open_locked(rt, path);

	if (r == -EBUSY)
		return log_error_code(r, "application '%s' runs already", name);
	return r < 0 ? log_error_errno(r, "cannot use '%s'", path) : 0;
}

int runtime_set_pid(struct runtime *rt, pid_t pid)
{
	char text[DECIMAL_MAX(pid_t) + 1];
	int n = pid ? snprintf(text, sizeof(text), "%d\n", (int)pid) : 0;

	if (ftruncate(rt->pid_fd, 0) < 0 || pwrite(rt->pid_fd, text, (size_t)n, 0) != n)
		return log_error_errno(-errno, "cannot write the process's number");
	return 0;
}

void runtime_set_health(struct runtime *rt, const char *state)
{
	cleanup_free char *line = state ? xasprintf("%s\n", state) : NULL;
	int r = line ? write_file_atomic_at(rt->dir_fd, "health", line, 0644, WRITE_NO_SYNC)
		: unlinkat(rt->dir_fd, "health", 0) < 0 && errno != ENOENT ? -errno
									   : 0;

	if (r < 0)
		log_warning_errno(r, "cannot write the state of health");
}

void runtime_done(struct runtime *rt)
{
	cleanup_close_p(&rt->dir_fd);
	cleanup_close_p(&rt->pid_fd);
	*rt = (struct runtime)RUNTIME_INIT;
}

/* --- for others --------------------------------------------------------------------------- */

static int read_pid(int fd, pid_t *ret)
{
	struct flock lock = whole_file();
	char text[DECIMAL_MAX(pid_t) + 1] = "";
	uint64_t pid;

	if (fcntl(fd, F_GETLK, &lock) < 0)
		return -errno;
	if (lock.l_type == F_UNLCK || pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return -ESRCH;
	*strchrnul(text, '\n') = '\0';
	if (parse_u64(text, 1, INT_MAX, &pid) < 0)
		return -ESRCH;
	*ret = (pid_t)pid;
	return 0;
}

int runtime_find(const char *name, pid_t *ret_pid)
{
	cleanup_free char *path = xasprintf(RUNTIME_DIR "/pid", name);
	cleanup_close int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	cleanup_close int pidfd = -1;
	pid_t pid = 0, again = 0;
	int r = fd < 0 ? -errno : read_pid(fd, &pid);

	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		return -errno;
	/* It was not reaped before we had hold of it, or the number might be another's by then. */
	r = read_pid(fd, &again);
	if (r < 0 || again != pid)
		return -ESRCH;
	*ret_pid = pid;
	return TAKE_FD(pidfd);
}
