/* SPDX-License-Identifier: MIT */
/* init: process 1 of a program's PID namespace. It sets the root up and starts the program, passes on to it
 * what signals it gets itself, reaps what others leave behind, checks the health, and ends with the
 * program; the kernel then kills whatever is left. It dies with its parent.
 *
 * Of a connector it is the server, which starts a program for each of its clients. */
#pragma once

#include <stdint.h>

#include "app/launch.h"

/* What it writes into the pipe to its parent. */
enum init_kind {
	INIT_ENDED,   /* code and status of the program are those of waitid(2) */
	INIT_STOPPED, /* the program, by the signal in status; only with a terminal */
	INIT_HEALTH,  /* status is an enum health_state */
};
struct init_report {
	int32_t kind, code, status;
};

/* All signals are blocked. Logs. */
void init_run(const struct launch *l, int report_fd) __attribute__((noreturn));

/* The same, but for what happens once the root is there: serve(data), which returns the exit status, with
 * SIGCHLD blocked and no other signal. */
void init_serve(const struct launch *l, int report_fd, int (*serve)(void *data), void *data)
	__attribute__((noreturn));

/* In a child of process 1, become the program with its user, descriptors and session. Logs. */
void init_run_program(const struct launch *l) __attribute__((noreturn));
