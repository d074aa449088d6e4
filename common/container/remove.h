/* SPDX-License-Identifier: MIT */
/* remove: make a container as if it had never been. */
#pragma once

#include "container/store.h"
#include "host/bus.h"

/* Stop it if it runs, then remove its state, layers, drop-ins and enablement. Works for a container
 * whose state file is damaged or whose directory is gone. bus may be NULL where systemd does not run.
 * Logs. */
int container_remove(const struct store *s, sd_bus *bus, const char *name);

/* The same as clean-up after a failure: an interrupt that came before does not cut it short. */
int container_remove_uninterrupted(const struct store *s, sd_bus *bus, const char *name);
