/* SPDX-License-Identifier: MIT */
#include "base/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

/* More than a pseudo terminal holds on its way to the master: TTYB_DEFAULT_MEM_LIMIT (tty_buffer.c of
 * Linux) and the line discipline's N_TTY_BUF_SIZE. */
#define TERMINAL_HOLDS (128 * 1024)
/* As much as there is in a pipe of any size. */
#define MOVE_SIZE (1024 * 1024)

void pump_start(struct pump *p, int in_fd, int out_fd)
{
	*p = (struct pump){
		.in_fd = in_fd,
		.out_fd = out_fd,
		.is_pipes = fcntl(in_fd, F_GETPIPE_SZ) > 0 && fcntl(out_fd, F_GETPIPE_SZ) > 0,
		.buf = xmalloc(PUMP_SIZE),
		.rest = SIZE_MAX,
	};
}

bool pump_is_done(const struct pump *p)
{
	return p->out_fd < 0;
}

void pump_done(struct pump *p)
{
	cleanup_close_p(&p->in_fd);
	cleanup_close_p(&p->out_fd);
	cleanup_free_p(&p->buf);
	p->in_fd = p->out_fd = -1;
	p->buf = NULL;
}

static void fail(struct pump *p, int error)
{
	p->error = error;
	pump_done(p);
}

void pump_prepare(const struct pump *p, struct pollfd pair[2])
{
	bool full = p->end > p->start;

	/* One buffer, filled and emptied in turn. An output that is idle is watched all the same
	 * (no events): its reader may go. */
	pair[0] = (struct pollfd){ .fd = full || p->eof || p->finishing ? -1 : p->in_fd, .events = POLLIN };
	pair[1] = (struct pollfd){ .fd = p->out_fd, .events = full ? POLLOUT : 0 };
}

static void finish_input(struct pump *p)
{
	size_t n = p->epilogue ? strlen(p->epilogue) : 0;

	p->eof = true;
	if (n > 0)
		memcpy(p->buf, p->epilogue, n);
	p->start = 0;
	p->end = n;
	if (n == 0)
		pump_done(p);
}

static void fill(struct pump *p)
{
	ssize_t n = read(p->in_fd, p->buf, p->rest < PUMP_SIZE ? p->rest : PUMP_SIZE);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 && errno == EIO && p->revive) {
		if (!p->revive(p->userdata, true))
			finish_input(p);
		return;
	}
	if (n < 0) {
		fail(p, -errno);
		return;
	}
	if (n == 0 || (p->filter && !p->filter(p->userdata, p->buf, (size_t)n))) {
		finish_input(p);
		return;
	}
	if (p->finishing)
		p->rest -= (size_t)n;
	p->start = 0;
	p->end = (size_t)n;
}

/* Whether the output took anything. */
static bool empty(struct pump *p)
{
	size_t left = p->end - p->start;
	ssize_t n = send(p->out_fd, p->buf + p->start, left, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK)
		n = write(p->out_fd, p->buf + p->start, left);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail(p, -errno);
		return false;
	}
	p->start += (size_t)n;
	if (p->start == p->end && p->eof)
		pump_done(p);
	return true;
}

/* From pipe to pipe without a copy. False when there is nothing to move or no room for it. */
static bool move(struct pump *p)
{
	return p->is_pipes && !p->filter &&
	       splice(p->in_fd, NULL, p->out_fd, NULL, MOVE_SIZE, SPLICE_F_NONBLOCK) > 0;
}

static bool has_input(const struct pump *p)
{
	struct pollfd pfd = { .fd = p->in_fd, .events = POLLIN };

	return p->rest > 0 && poll(&pfd, 1, 0) > 0;
}

/* As far as the output takes it. */
static void take_rest(struct pump *p)
{
	while (!pump_is_done(p)) {
		if (p->end > p->start) {
			if (!empty(p))
				return;
			continue;
		}
		if (has_input(p))
			fill(p);
		if (!pump_is_done(p) && p->end == p->start)
			finish_input(p);
	}
}

void pump_finish(struct pump *p)
{
	int size = fcntl(p->in_fd, F_GETPIPE_SZ);

	p->rest = size > 0 ? (size_t)size : TERMINAL_HOLDS;
	p->finishing = true;
	take_rest(p);
}

void pump_run(struct pump *p, const struct pollfd pair[2])
{
	if (pump_is_done(p))
		return;
	if (pair[0].fd >= 0 && pair[0].revents && move(p))
		return;
	if (pair[0].fd >= 0 && pair[0].revents)
		fill(p);
	/* What has just been read can mostly be written at once. */
	if (p->finishing)
		take_rest(p);
	else if (!pump_is_done(p) && p->end > p->start)
		(void)empty(p);
	else if (!pump_is_done(p) && (pair[1].revents & (POLLERR | POLLHUP)) &&
		 !(p->revive && p->revive(p->userdata, false)))
		fail(p, -EPIPE);
}

int reopen_nonblocking(int fd, int flags)
{
	struct stat st;
	int copy = -1, mode = fcntl(fd, F_GETFL);

	if (mode < 0 || fstat(fd, &st) < 0)
		return -errno;
	mode &= O_ACCMODE;
	/* No more may be done with the copy than with the original. */
	if ((mode == O_RDWR || mode == flags) && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		copy = open(fd_path(fd).path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (copy < 0)
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return copy < 0 ? -errno : copy;
}
