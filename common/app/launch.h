/* SPDX-License-Identifier: MIT */
/* launch: all that is known of a program before it is started: what docker would give it. */
#pragma once

#include <linux/filter.h>

#include "app/app.h"
#include "app/user.h"

/* The default that docker has for PATH. */
#define LAUNCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum {
	LAUNCH_FAILED = 125, /* exit statuses of our own, as of env(1) */
	LAUNCH_NOT_EXECUTABLE = 126,
	LAUNCH_NOT_FOUND = 127,
	LAUNCH_SIGNAL_BASE = 128,
};

/* What is other than the image has it. */
struct launch_request {
	char *const *more;       /* behind the arguments of the image; NULL: none */
	char *const *argv;       /* instead of them; NULL: they */
	const char *user;        /* NULL: the image's */
	const struct strv *env;  /* NAME=VALUE; NULL: none */
	const char *working_dir; /* NULL: the image's */
};

struct launch {
	char *name;
	struct app app;
	struct strv argv, env;
	struct app_user user;
	char *working_dir;
	struct sock_fprog filter; /* len 0: none */
	int fds[3];               /* what becomes 0, 1 and 2; -1: they stay */
	bool terminal;            /* our standard input is our terminal, the program gets it, too */
};
#define LAUNCH_INIT { .app = APP_INIT, .fds = { -1, -1, -1 } }
#define cleanup_launch __attribute__((cleanup(launch_done)))

/* Read all of it in the container's tree. Logs. */
int launch_prepare(struct launch *l, const char *name, const struct launch_request *request);

/* What the program is born with besides its privileges: no signal is blocked or ignored, three descriptors
 * and no more, a session or the terminal. In the new process; silent. */
int launch_settle(const struct launch *l);
/* Become the program. Logs; returns an exit status. */
int launch_exec(const struct launch *l);

/* What a client of a connector has to add, with its standard input as ours. */
void launch_add_arguments(struct launch *l, const struct strv *more);

/* Make the pipes among our 0, 1 and 2 the user's, who may then open them as /dev/stdout; what has a name in
 * a file system stays whose it is. */
void launch_give_pipes(const struct app_user *user);

void launch_done(struct launch *l);
