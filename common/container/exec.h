/* SPDX-License-Identifier: MIT */
/* exec: run a command in a running container.
 *
 * The command is a transient service of the container's own service manager, so it has the container's
 * limits, shows in its systemctl and ends with it. It does not wait for the container's boot. SIGINT,
 * SIGTERM, SIGHUP and SIGQUIT are passed on to all its processes, a second one kills them; nothing is left
 * behind. Other signals are passed on to the command.
 *
 * Exit statuses, as of env(1) and podman-exec(1):
 *	0 to 255   the command's own
 *	128+N      it was killed by signal N, or sdme was told to end before it ran
 *	127        there is no such command in the container
 *	126        there is, and it cannot be executed
 *	125        sdme failed; it said why */
#pragma once

#include <stdbool.h>

#include "base/strv.h"
#include "container/store.h"

enum {
	EXEC_FAILED = 125,
	EXEC_NOT_EXECUTABLE = 126,
	EXEC_NOT_FOUND = 127,
	EXEC_SIGNAL_BASE = 128,
};

struct exec_request {
	const char *user;        /* NULL: root */
	const char *workdir;     /* absolute; NULL: / */
	const struct strv *env;  /* KEY=VALUE; NULL: none */
	char *const *argv;       /* NULL: the user's login shell */
	bool tty;                /* a terminal of its own instead of pipes */
	bool login;              /* with a session of the user */
	bool home;               /* in the user's home directory, if workdir is NULL */
};

/* Run it, wait for its end. Logs; returns an exit status. */
int container_exec(const struct store *s, const char *name, const struct exec_request *request);
/* The same in an application of the container (apps.h): in its tree and namespaces, with its
 * privileges, and as its user, with its environment and in its directory where the request says
 * nothing else. argv NULL is a shell. login and home mean nothing. */
int container_exec_in_app(const struct store *s, const char *name, const char *app,
			  const struct exec_request *request);
/* What join does with a container that runs: the command, or a login shell when argv is NULL or empty,
 * on a terminal if we have one and on pipes otherwise. Logs; returns an exit status. */
int container_join(const struct store *s, const char *name, const char *user, char *const *argv);

/* The exit status for what waitid(2) calls si_code and si_status; -1 if it is not known. */
int exec_status(int code, int status);
