/* SPDX-License-Identifier: MIT */
#include "app/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/pump.h"

#define PIPE_SIZE (1024 * 1024)

/* --- opening ------------------------------------------------------------------------------ */

static int open_pipe(struct output_stream *s, int *ret_theirs, const struct app_user *user)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	s->fd = ends[0];
	*ret_theirs = ends[1];
	/* The more it holds, the less often the two wait for each other. There is a limit for all. */
	(void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 || fchown(ends[1], user->uid, user->gid) < 0)
		return -errno;
	s->buf = xmalloc(OUTPUT_BUFFER);
	return 0;
}

static int open_sink(struct output_sink *sink, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	sink->is_socket = S_ISSOCK(st.st_mode);
	sink->fd = reopen_nonblocking(fd, O_WRONLY);
	if (sink->fd < 0)
		return sink->fd;
	/* What could not be opened anew: see pipe(7). */
	sink->blocks = S_ISFIFO(st.st_mode) && !(fcntl(sink->fd, F_GETFL) & O_NONBLOCK);
	sink->full = sink->blocks;
	return 0;
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int output_open(struct output *o, const struct app_user *user)
{
	bool same = is_same_file(STDOUT_FILENO, STDERR_FILENO);
	int r = 0;

	for (int i = 0; i < 2 && r >= 0; i++) {
		o->streams[i].sink = &o->sinks[same ? 0 : i];
		r = open_pipe(&o->streams[i], &o->theirs[i], user);
		if (r >= 0 && (i == 0 || !same))
			r = open_sink(&o->sinks[i], STDOUT_FILENO + i);
	}
	return r;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void output_close_theirs(struct output *o)
{
	close_fd(&o->theirs[0]);
	close_fd(&o->theirs[1]);
}

/* --- reading ------------------------------------------------------------------------------ */

static bool is_full(const struct output_stream *s)
{
	return s->end - s->start >= OUTPUT_BUFFER / 2;
}

static void make_room(struct output_stream *s)
{
	if (s->start == 0)
		return;
	memmove(s->buf, s->buf + s->start, s->end - s->start);
	s->end -= s->start;
	s->lines -= s->start;
	s->start = 0;
}

static void read_stream(struct output_stream *s, bool finishing)
{
	const char *newline;
	ssize_t n;

	if (s->start == s->end || s->end > OUTPUT_BUFFER / 2)
		make_room(s);
	n = read(s->fd, s->buf + s->end, OUTPUT_BUFFER - s->end);
	if (n > 0) {
		newline = memrchr(s->buf + s->end, '\n', (size_t)n);
		s->end += (size_t)n;
		if (newline)
			s->lines = (size_t)(newline - s->buf) + 1;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR) || (errno == EAGAIN && finishing)) {
		close_fd(&s->fd);
		s->lines = s->end;
	}
}

/* --- writing ------------------------------------------------------------------------------ */

static bool write_sink(struct output_sink *sink, const char *data, size_t n, size_t *ret_written)
{
	ssize_t r;

	if (sink->blocks && n > PIPE_BUF)
		n = PIPE_BUF;
	r = sink->is_socket ? send(sink->fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL) : write(sink->fd, data, n);
	sink->full = sink->blocks || (r < 0 && errno == EAGAIN);
	sink->failed = r < 0 && errno != EAGAIN && errno != EINTR;
	*ret_written = r < 0 ? 0 : (size_t)r;
	return r > 0;
}

static void write_stream(struct output_stream *s)
{
	struct output_sink *sink = s->sink;
	size_t n;

	/* The other's last line has had no end. */
	if (sink->inside && sink->inside != s) {
		if (write_sink(sink, "\n", 1, &n))
			sink->inside = NULL;
	} else if (write_sink(sink, s->buf + s->start, s->lines - s->start, &n)) {
		s->start += n;
		sink->inside = s->buf[s->start - 1] == '\n' ? NULL : s;
	}
}

static bool has_lines(const struct output_stream *s)
{
	return s->start < s->lines;
}

/* Of two that write to one, the one in the middle of its lines goes on until they are out. */
static bool may_write(const struct output_stream *s)
{
	const struct output_sink *sink = s->sink;

	return has_lines(s) && !(sink->inside && sink->inside != s && has_lines(sink->inside));
}

static void write_lines(struct output_stream *s)
{
	if (!has_lines(s) && is_full(s)) /* a part of a line */
		s->lines = s->end;
	while (may_write(s) && !s->sink->full && !s->sink->failed)
		write_stream(s);
	if (has_lines(s) && s->sink->failed)
		s->start = s->lines;
}

/* --- within poll(2) ----------------------------------------------------------------------- */

void output_prepare(const struct output *o, struct pollfd fds[OUTPUT_FDS])
{
	for (int i = 0; i < 2; i++) {
		const struct output_stream *s = &o->streams[i];
		bool waits = may_write(s) && s->sink->full;

		fds[i] = (struct pollfd){ .fd = s->fd >= 0 && !is_full(s) ? s->fd : -1, .events = POLLIN };
		fds[2 + i] = (struct pollfd){ .fd = waits ? s->sink->fd : -1, .events = POLLOUT };
	}
}

void output_run(struct output *o, const struct pollfd fds[OUTPUT_FDS])
{
	for (int i = 0; i < 2; i++) {
		struct output_stream *s = &o->streams[i];

		if (fds[2 + i].revents)
			s->sink->full = false;
		if (s->fd >= 0 && (fds[i].revents || (o->finishing && !is_full(s))))
			read_stream(s, o->finishing);
	}
	for (int i = 0; i < 2; i++)
		write_lines(&o->streams[i]);
}

static bool is_done(const struct output *o)
{
	for (int i = 0; i < 2; i++) {
		if (o->streams[i].fd >= 0 || o->streams[i].start < o->streams[i].end)
			return false;
	}
	return true;
}

void output_finish(struct output *o)
{
	o->finishing = true;
	while (!is_done(o)) {
		struct pollfd fds[OUTPUT_FDS];

		output_prepare(o, fds);
		fds[0].fd = fds[1].fd = -1; /* they are read in any case */
		if (poll(fds, OUTPUT_FDS, fds[2].fd >= 0 || fds[3].fd >= 0 ? -1 : 0) < 0 && errno != EINTR)
			break;
		output_run(o, fds);
	}
}

void output_done(struct output *o)
{
	output_close_theirs(o);
	for (int i = 0; i < 2; i++) {
		close_fd(&o->streams[i].fd);
		close_fd(&o->sinks[i].fd);
		free(o->streams[i].buf);
		o->streams[i].buf = NULL;
	}
}
