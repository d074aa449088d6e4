/* SPDX-License-Identifier: MIT */
/* guestpty: a pseudo terminal of a container's own, so that its programs find it below /dev/pts. */
#pragma once

#include "host/machine.h"

/* A new pseudo terminal in the container's devpts, owned by its root user. Returns the master, and
 * the N of /dev/pts/N. Silent; -ENODEV when what the container has in that place is something
 * else, -ETIMEDOUT when its file system does not answer. */
int guest_pty_open(const struct machine *m, unsigned *ret_number);
