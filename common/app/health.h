/* SPDX-License-Identifier: MIT */
/* health: an image's check of its program, as docker runs it: every interval (or start interval, until the
 * first success in the start period); so many failures in a row as there are retries make it unhealthy,
 * those of the start period before the first success not counted. One that takes too long is killed with its
 * process group, and has failed.
 *
 *	health_start(&h, launch);
 *	poll(..., until health_next()); reap children with health_child_ended(); health_run(&h);  until it ends
 *
 * In process 1 of the program's namespaces. Silent. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "app/launch.h"
#include "base/clock.h"

enum health_state {
	HEALTH_STARTING,
	HEALTH_HEALTHY,
	HEALTH_UNHEALTHY,
};

struct health {
	struct launch check; /* what is run */
	usec_t interval, timeout, start_period, start_interval;
	uint64_t retries;
	usec_t started; /* when the program was */
	usec_t next;    /* when to run the check, or to kill it; 0: never */
	usec_t begun;   /* when the check was started */
	pid_t pid;      /* of the check; 0: it does not run */
	uint64_t failures;
	enum health_state state;
};
#define HEALTH_INIT { .check = LAUNCH_INIT }

/* Without a check in the image, health_next() is 0 for ever. l has to stay. */
void health_start(struct health *h, const struct launch *l);
usec_t health_next(const struct health *h);
/* Start or kill the check, if it is time to. */
void health_run(struct health *h);
/* True when pid was the check's and the state is another one now. */
bool health_child_ended(struct health *h, pid_t pid, bool success);

bool health_is_state(int value);
/* "starting", "healthy", "unhealthy". */
const char *health_name(enum health_state state);
