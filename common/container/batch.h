/* SPDX-License-Identifier: MIT */
/* batch: a command that does the same to several containers.
 *
 * A failure of one does not stop the others; the exit status tells that there was one. An interrupt
 * stops between two. The name of each that was done goes to stdout at once. */
#pragma once

#include "applet.h"
#include "container/store.h"
#include "host/bus.h"

/* What such a command works with. */
struct session {
	struct store store;
	sd_bus *bus;      /* NULL where the command does without */
	int stdout_error; /* a negative errno once a name could not be printed */
};
#define SESSION_INIT { .store = STORE_INIT }
#define cleanup_session __attribute__((cleanup(session_close)))

enum session_needs {
	SESSION_STORE,   /* no bus */
	SESSION_IF_RUNS, /* the bus of a host that runs systemd, and none on another */
	SESSION_SYSTEMD, /* a host that can run containers: host_open() of start.h */
};

/* Open the store for writing and the host as needed, and finish what dead commands left. Logs. */
int session_open(struct session *session, enum session_needs needs);
void session_close(struct session *session);

enum batch_all {
	BATCH_STOPPED,
	BATCH_NOT_STOPPED,
	BATCH_EVERY,
};

struct batch {
	const char *doing; /* "starting" */
	const char *past;  /* "started", for "some containers could not be started" */
	/* What is done; it logs. */
	int (*run)(struct session *session, const char *name);
	enum batch_all all; /* which ones --all means */
	const char *none;   /* said when --all means none: "no stopped containers to start" */
	enum session_needs needs;
	/* Asked before --all begins, if not NULL: a negative errno ends it. */
	int (*confirm)(struct session *session, const struct strv *names);
	/* Asked for an operand that is only the beginning of a name, if not NULL: a negative errno, which it
	 * has logged, leaves that container alone. */
	int (*confirm_prefix)(struct session *session, const char *operand, const char *name);
};

/* For the containers that the operands name (or are the beginning of), or for all. Returns what an
 * applet's run() does. */
int batch_main(const struct args *args, bool all, const struct batch *batch);
