/* SPDX-License-Identifier: MIT */
/* start: boot a container and wait until it can be used. */
#pragma once

#include "container/state.h"
#include "host/bus.h"

/* What start needs of the host, checked before anything is made: systemd of 252 or later as the init,
 * systemd-nspawn. Opens the system bus and lets systemd send its signals on it. Logs. */
int host_open(sd_bus **ret);

/* Boot the container and wait until its D-Bus is reachable, at most timeout_sec seconds (0: as
 * configured). Nothing to do but wait when it is on its way already. When it ends instead, what its
 * unit logged is shown. Logs. -ETIMEDOUT: it is still starting. -EINTR: interrupted; stopped again. */
int container_start(const struct store *s, sd_bus *bus, const char *name, uint64_t timeout_sec);
