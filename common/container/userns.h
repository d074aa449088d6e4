/* SPDX-License-Identifier: MIT */
/* userns: which host ids a container's user namespace has. */
#pragma once

#include "container/state.h"

/* Choose 64 Ki ids that no other container of the store has, within the window that systemd keeps
 * for containers (systemd's UIDS-GIDS.md: 524288 to 1879048191), and set USERNS_SHIFT. Logs. The
 * caller holds the lock that userns_lock() gives until the state file is written. */
int userns_allocate(const struct store *s, struct container *c);
int userns_lock(const struct store *s);

/* Whether the file systems of the root and of the bind mounts can shift owners, by trying it; what cannot
 * be tried is let pass, the boot will tell. -ENOTSUP and a line that names what cannot and what to do. */
int userns_check(const struct store *s, const struct container *c);

/* The first id, from USERNS_SHIFT. */
unsigned userns_first_id(const struct container *c);
