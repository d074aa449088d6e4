/* SPDX-License-Identifier: MIT */
/* worker: a child process that handles bytes which nobody vouches for.
 *
 * It has a network namespace of its own with nothing in it, unless the network is its work; it has only
 * the capabilities that it is given, can gain no others, holds only the descriptors that it is given,
 * and dies with its parent. It reports by an exit status and by messages on a pipe. Meant for programs with
 * one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

#define WORKER_FDS_MAX 3

/* What the work says to a person goes through these; the text has no newline. An error is what the
 * work failed of, the first one counts; warnings are logged by worker_wait(). */
struct worker_report {
	int fd;
	const void *arg; /* the worker's */
};
/* Returns -EIO, so that failing is one statement. */
int worker_error(const struct worker_report *report, const char *format, ...) attr_printf(2, 3);
void worker_warning(const struct worker_report *report, const char *format, ...) attr_printf(2, 3);

/* The work: fds[] are the descriptors that it was given. 0, or negative after worker_error(). */
typedef int (*worker_main)(const int *fds, const struct worker_report *report);

struct worker {
	pid_t pid; /* 0: none */
	int report_fd;
	/* Set before the start: what the work is to know besides, of which the child has a copy, its
	 * RLIMIT_DATA in bytes, 0 for no bound, and whether it stays in our network. */
	const void *arg;
	uint64_t max_memory;
	bool has_network;
	char *error; /* after worker_wait() */
};
#define WORKER_INIT { .report_fd = -1 }
#define cleanup_worker __attribute__((cleanup(worker_done)))

/* Start it. capabilities is a mask of 1 << CAP_X. Descriptors stay the caller's. Logs. */
int worker_start(struct worker *w, worker_main work, const int *fds, size_t n_fds,
		 uint64_t capabilities);
/* Wait for its end: 0 when the work was done; -EIO with w->error set; -EINTR after an interrupt,
 * when the worker was killed. Logs the worker's warnings, "NAME: " in front, and nothing else. */
int worker_wait(struct worker *w, const char *name);
/* Kill it if it runs still. */
void worker_done(struct worker *w);
