/* SPDX-License-Identifier: MIT */
/* forward: signals that come to us and are another process's. */
#pragma once

#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

/* Block all signals from now on, and read them from the descriptor that is returned, which does not block;
 * SIGCHLD, too, if children is set. Silent. */
int forward_open(bool children);

/* Send it on with its value, unless it was the kernel's, such as that of a write into a pipe that nobody
 * reads, or of a key on the terminal, which has gone to the other process as well. Silent. */
void forward_signal(const struct signalfd_siginfo *info, pid_t pid);
