/* SPDX-License-Identifier: MIT */
/* supervise: the program of an application in new namespaces, from outside of them: its output, the signals
 * for it, the status that it ends with. */
#pragma once

#include "app/launch.h"

/* As the main process of its service: output is copied, what is known of it is in its runtime directory.
 * Ends as the program does, by the same signal, too. Logs; returns an exit status. */
int supervise_service(struct launch *l);

/* For whoever has called us: the program has our standard input, output and error. What it has left behind
 * is being killed when this returns. Logs; returns an exit status, 128 and the number of a signal. */
int supervise_run(struct launch *l);

/* A server is process 1 of the application's namespaces (init_serve()), which last as long as it; signals go
 * to it, and are as they were when this returns. Logs; returns its exit status, or LAUNCH_FAILED when it
 * could not be started. */
int supervise_server(const struct launch *l, int (*serve)(void *data), void *data);
