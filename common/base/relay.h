/* SPDX-License-Identifier: MIT */
/* relay: standard input, output and error of a command that runs somewhere else.
 *
 * A command that is not trusted gets no descriptor of a file, directory, terminal or socket of ours:
 * it could do more with it than read or write. It gets new pipes, between which and ours the relay copies;
 * nothing is changed in the bytes. An output of ours would stay open as long as anybody has it whom the
 * command left behind. An input that is a pipe is handed over as it is: to read ahead of the command, as
 * the relay has to, would take from it what others are to read.
 * Or it gets a pseudo terminal, and the relay copies between its master and ours.
 *
 *	relay_open_pipes(&relay);      hand over relay.theirs
 *	relay_close_theirs(&relay);    once the command has them, or ends of input are not seen
 *	relay_prepare(&relay, fds); poll(fds, RELAY_FDS); relay_run(&relay, fds);   until the command ends
 *	relay_finish(&relay);
 *	relay_prepare(&relay, fds); poll(fds, RELAY_FDS); relay_run(&relay, fds);   until relay_is_done()
 *	relay_result(&relay);
 *
 * Silent. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/pump.h"
#include "base/terminal.h"

#define RELAY_FDS 6 /* what relay_prepare() fills */

struct relay {
	int theirs[3];       /* -1: /dev/null */
	bool borrowed[3];    /* it is ours, not to be closed */
	struct pump pumps[3];
	int master_fd, slave_fd;
	int unread_fd; /* the other end of the input, when that is a file */
	struct terminal_escape escape;
	bool keys; /* a person types our input */
	bool left; /* the person typed the escape, or has gone with the terminal */
	int failed_fd; /* 0, 1 or 2: which one relay_finish() is about */
};

#define RELAY_INIT                                                      \
	{ .theirs = { -1, -1, -1 }, .pumps = { PUMP_INIT, PUMP_INIT, PUMP_INIT }, \
	  .master_fd = -1, .slave_fd = -1, .unread_fd = -1 }
#define cleanup_relay __attribute__((cleanup(relay_done)))

int relay_open_pipes(struct relay *r);
/* Let the pipes that were made belong to the command's user, who may open them again as /dev/stdout, and an
 * input pipe of ours be opened again by whoever has it. */
int relay_give_pipes(const struct relay *r, uid_t uid, gid_t gid);
/* master_fd becomes the relay's. Our terminal, if there is one, is raw from now on. */
int relay_open_terminal(struct relay *r, int master_fd);
void relay_close_theirs(struct relay *r);

void relay_prepare(const struct relay *r, struct pollfd fds[RELAY_FDS]);
void relay_run(struct relay *r, const struct pollfd fds[RELAY_FDS]);
/* After a stop, or a change of size, of our terminal. */
void relay_refresh_terminal(struct relay *r);

/* The command has ended: what it has left behind is copied, what others write from now on is not. */
void relay_finish(struct relay *r);
bool relay_is_done(const struct relay *r);
/* 0, or the negative errno of a failure to write our standard output or error, or to read our input. A
 * reader that has gone away is none, and an input that is closed is an empty one. */
int relay_result(struct relay *r);
/* Whatever is still under way. The terminal is as it was. */
void relay_done(struct relay *r);
