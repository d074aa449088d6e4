/* SPDX-License-Identifier: MIT */
/* interrupt: SIGINT, SIGTERM and SIGHUP (unless it was ignored, as nohup does) as a flag.
 *
 * The first signal sets the flag and breaks blocking calls (EINTR); a second one of the same kind
 * kills the process at once. Loops over items and waits ask interrupted() at their head. */
#pragma once

#include <poll.h>

#include "base/clock.h"

void interrupt_install(void);
/* The number of the signal that came, or 0. */
int interrupted(void);
/* Forget the signal and catch the next: for clean-up that must itself be interruptible. Returns
 * the signal that was forgotten; interrupt_restore() puts it back. */
int interrupt_save(void);
void interrupt_restore(int signal);

/* poll(2) that misses no signal, not even one that comes between a look at interrupted() and the
 * wait: the number of ready descriptors, -ETIMEDOUT at the deadline (0: none), -EINTR. */
int interrupt_poll(struct pollfd *fds, nfds_t n, usec_t deadline);
