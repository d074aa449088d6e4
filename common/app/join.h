/* SPDX-License-Identifier: MIT */
/* join: a command where the program of an application runs: in its namespaces, root and cgroup, with its
 * user, environment, working directory, capabilities and filter of system calls, but for what the request
 * says. It has our standard input, output and error, and what it may do it cannot exceed. Signals are
 * passed on to it, and it dies with us. */
#pragma once

#include "app/launch.h"

/* An application for clients of a connector that does not run gets namespaces of its own, as of
 * supervise_run(). Logs; returns an exit status, as of env(1), and 128 and the number of a signal. */
int join_run(const char *name, const struct launch_request *request);
