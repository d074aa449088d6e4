/* SPDX-License-Identifier: MIT */
/* output: what the program writes, copied to our standard output and error.
 *
 * The program has pipes, which it may open again as /dev/stdout, as it could not with what we have: a
 * stream of the journal is a socket. Whole lines are copied, so that those of the two do not mix where ours
 * are the same; a line longer than the buffer goes in parts. One that fails on our side is read on and
 * thrown away, as a service would not end for that, either.
 *
 *	output_open(&o, user);            hand over o.theirs, then output_close_theirs()
 *	output_prepare(&o, fds); poll(fds, OUTPUT_FDS); output_run(&o, fds);     until everybody who writes is gone
 *	output_finish(&o);
 *
 * Silent. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/user.h"

#define OUTPUT_FDS 4
/* Lines up to half of this, which is what the journal takes (LineMax=), are written whole. */
#define OUTPUT_BUFFER (96 * 1024)

struct output_sink {
	int fd;
	bool is_socket, failed;
	bool blocks; /* it takes PIPE_BUF bytes when poll() says so, and might block for more */
	bool full;   /* poll() is to say when it takes more */
	const struct output_stream *inside; /* whose line has been begun, and not ended */
};

struct output_stream {
	int fd; /* -1: no more comes */
	struct output_sink *sink;
	char *buf;
	size_t start, lines, end; /* start to lines is to be written, lines to end is no whole line yet */
};

struct output {
	int theirs[2];
	struct output_stream streams[2];
	struct output_sink sinks[2];
	bool finishing;
};

#define OUTPUT_INIT \
	{ .theirs = { -1, -1 }, .streams = { { .fd = -1 }, { .fd = -1 } }, .sinks = { { .fd = -1 }, { .fd = -1 } } }
#define cleanup_output __attribute__((cleanup(output_done)))

int output_open(struct output *o, const struct app_user *user);
void output_close_theirs(struct output *o);

void output_prepare(const struct output *o, struct pollfd fds[OUTPUT_FDS]);
void output_run(struct output *o, const struct pollfd fds[OUTPUT_FDS]);
/* Copy what the pipes hold and no more, whoever else has them. Blocks until it is written. */
void output_finish(struct output *o);
void output_done(struct output *o);
