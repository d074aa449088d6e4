/* SPDX-License-Identifier: MIT */
/* runtime: what is known of an application that runs, in /run/sdme-oci-NAME/, the RuntimeDirectory= of its
 * service:
 *
 *	pid      the process 1 of its PID namespace, as the container numbers it. The file is locked (fcntl(2))
 *	         by the process outside of the namespace as long as that number is right
 *	health   "starting", "healthy" or "unhealthy"; not there without a check of its health */
#pragma once

#include <sys/types.h>

#define RUNTIME_DIR "/run/sdme-oci-%s"

struct runtime {
	int dir_fd, pid_fd;
};
#define RUNTIME_INIT { -1, -1 }
#define cleanup_runtime __attribute__((cleanup(runtime_done)))

/* Lock it for us: -EBUSY when the application runs already. Logs. */
int runtime_open(struct runtime *rt, const char *name);
/* 0: it has ended, which is said before the process is reaped. Logs. */
int runtime_set_pid(struct runtime *rt, pid_t pid);
/* NULL: there is no check. Logs. */
void runtime_set_health(struct runtime *rt, const char *state);
void runtime_done(struct runtime *rt);

/* A pidfd of process 1 of the application's namespace, and its number; -ESRCH when it does not
 * run. Silent. */
int runtime_find(const char *name, pid_t *ret_pid);
