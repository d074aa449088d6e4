/* SPDX-License-Identifier: MIT */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"

#define MOMENTS_MAX 500 /* of a millisecond */

static pid_t read_pid(int fd)
{
	char text[DECIMAL_MAX(pid_t)];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, 1, INT32_MAX, &pid) < 0 ? 0 : (pid_t)pid;
}

/* The pid is for messages only: failing to write it is no failure to lock. */
static void write_pid(int fd)
{
	char text[DECIMAL_MAX(pid_t) + 1];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)n, 0);
}

static bool is_dead(pid_t pid)
{
	return pid > 0 && kill(pid, 0) < 0 && errno == ESRCH;
}

/* A process that the dead one had just started has its descriptors for a moment still. */
static int take(int fd, int operation, pid_t *ret_pid)
{
	const struct timespec moment = { .tv_nsec = 1000 * 1000 };

	for (unsigned i = 0; flock(fd, operation | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK)
			return -errno;
		*ret_pid = read_pid(fd);
		if (i == MOMENTS_MAX || !is_dead(*ret_pid))
			return -EBUSY;
		(void)nanosleep(&moment, NULL);
	}
	return 0;
}

int lock_still_named(int dir_fd, const char *name, int fd)
{
	struct stat mine, named;

	if (fstat(fd, &mine) < 0)
		return -errno;
	if (fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

int lock_try_at(int dir_fd, const char *name, enum lock_mode mode, pid_t *ret_pid)
{
	for (;;) {
		cleanup_close int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		int r;

		if (fd < 0)
			return -errno;
		r = take(fd, mode == LOCK_MODE_EXCLUSIVE ? LOCK_EX : LOCK_SH, ret_pid);
		if (r < 0)
			return r;
		r = lock_still_named(dir_fd, name, fd);
		if (r < 0)
			return r;
		if (r == 0)
			continue; /* deleted between open and lock */
		if (mode == LOCK_MODE_EXCLUSIVE)
			write_pid(fd);
		return TAKE_FD(fd);
	}
}
