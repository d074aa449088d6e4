/* SPDX-License-Identifier: MIT */
/* transient: a command as a transient service of a service manager.
 *
 * The unit exists while the command runs and vanishes with it, whatever becomes of us (CollectMode=
 * inactive-or-failed). The manager sends what changed last before it says that the unit is gone, so
 * the exit status is always known by then. (It says the same of every unit when it reloads, and
 * announces that.) Everything is asynchronous: calls are queued and the
 * state follows the signals, while the caller polls the connection and lets it process.
 * Should the connection break because the manager executes itself anew (an upgrade of systemd by
 * this very command), transient_attach() goes on with another. Silent. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strv.h"
#include "host/bus.h"

struct transient_spec {
	const char *description;
	const char *user;        /* a name or a number */
	const char *workdir;     /* absolute; "-~" is the user's home if there is one; NULL: / */
	const struct strv *env;  /* KEY=VALUE, taken literally */
	const char *search_path; /* where to find the command; NULL: the manager's own */
	const char *path;        /* absolute, or a name to search for */
	char **argv;             /* taken literally, as all of this; only read */
	const int *fds;          /* standard input, output and error; -1: the null device */
	const char *tty;         /* instead of fds: "/dev/pts/N" */
	bool login;              /* a session of the user: PAM service login, utmp */
};

enum transient_state {
	TRANSIENT_STARTING, /* or not yet asked for */
	TRANSIENT_STARTED,  /* the command is being executed */
	TRANSIENT_ENDED,
};

struct transient {
	sd_bus *bus;
	sd_bus_slot *slots[7];
	char *unit, *path; /* the unit's name and its object */
	unsigned asked;    /* how often transient_start() sent its call */
	bool accepted;     /* the manager has answered: what was handed over is its own now */
	enum transient_state state;
	bool reloading;   /* the manager is forgetting and reading all units */
	bool refused;     /* the job that starts it failed; not known of a login */
	bool idle;        /* inactive or failed, when last asked */
	uint32_t job;     /* that is to change this; 0: none */
	int code, status; /* CLD_EXITED and so on of waitid(2), 0 while not known; and si_status */
	char *result;     /* of the manager: "success", "exit-code", "signal", ... or NULL */
	char *error;      /* why the manager did not take the unit, or NULL */
};

#define cleanup_transient __attribute__((cleanup(transient_done)))

/* Make the unit, once the bus is ready (sd_bus_is_ready(3); it would wait for that otherwise). The bus
 * stays the caller's and must outlive t or be replaced. When it breaks before the call is accepted,
 * the same is done again with another. 0 or a negative errno before anything was sent: -EILSEQ when
 * a text is not UTF-8, which D-Bus cannot carry. */
int transient_start(struct transient *t, sd_bus *bus, const struct transient_spec *spec);
/* Go on over another connection, with a call that was accepted. */
int transient_attach(struct transient *t, sd_bus *bus);
/* Have nothing more to do with the connection. */
void transient_detach(struct transient *t);
enum transient_whom {
	TRANSIENT_ALL,  /* every process of it */
	TRANSIENT_MAIN, /* the command alone */
};
/* Send a signal. One that comes before there is anybody to get it stops the unit. */
int transient_kill(struct transient *t, enum transient_whom whom, int signo);
/* End it: SIGTERM, or SIGHUP on a terminal, and SIGKILL some seconds later. */
int transient_stop(struct transient *t);
void transient_done(struct transient *t);
