/* SPDX-License-Identifier: MIT */
/* pump: copy bytes from one descriptor to another within somebody else's poll(2) loop.
 *
 *	pump_prepare(&p, pair);  poll(...);  pump_run(&p, pair);
 *
 * A pump owns its descriptors and closes both as soon as it is done: at the end of the input once all
 * of it is written, or when the output fails, so that whoever writes to its input learns of it. It
 * reads and writes only what poll() announced, so a blocking input is fine; an output that is
 * a terminal, pipe or socket should be non-blocking. Silent. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define PUMP_SIZE 65536

struct pump {
	int in_fd, out_fd; /* -1: done */
	bool is_pipes;
	char *buf;
	size_t start, end;
	size_t rest; /* how much it still takes */
	bool finishing, eof;
	int error; /* why it ended early, a negative errno; -EPIPE is an end like any other */

	/* Sees (and may stop) what was read: false ends the input there. NULL: none. */
	bool (*filter)(void *userdata, const char *data, size_t n);
	/* What to write at the end of the input; NULL: nothing. */
	const char *epilogue;
	/* Asked when the input (or else the output) turns out to be hung up, which is how a pseudo terminal
	 * says that nobody has its other side open: true goes on. NULL: no. */
	bool (*revive)(void *userdata, bool input);
	void *userdata;
};

#define PUMP_INIT { .in_fd = -1, .out_fd = -1 }

/* Both descriptors become the pump's. The hooks are set afterwards. */
void pump_start(struct pump *p, int in_fd, int out_fd);
/* What to poll: pair[0] for the input and pair[1] for the output, fd -1 for neither. */
void pump_prepare(const struct pump *p, struct pollfd pair[2]);
/* Do what poll() found possible. */
void pump_run(struct pump *p, const struct pollfd pair[2]);
/* Let it end with what the input holds at the moment: what comes later is not of whoever has ended. Then
 * go on as before until it is done, which it may be at once. */
void pump_finish(struct pump *p);
bool pump_is_done(const struct pump *p);
/* Close it, whatever is still in it. */
void pump_done(struct pump *p);

/* A descriptor of its own for the same open terminal or pipe, non-blocking without a change to what
 * other processes share; for anything else, and where that is not allowed, a duplicate. flags is
 * O_RDONLY or O_WRONLY. */
int reopen_nonblocking(int fd, int flags);
