/* SPDX-License-Identifier: MIT */
/* stop: end a running container. */
#pragma once

#include "container/state.h"
#include "host/bus.h"

enum stop_tier {
	STOP_GRACEFUL,  /* ask its init to power off */
	STOP_TERMINATE, /* let systemd stop the unit, which kills it in the end */
	STOP_KILL,      /* SIGKILL for every process */
};

/* Stop the container and wait until its unit is gone, at most as long as configured for the tier.
 * bus has had unit_subscribe(). Logs. -ESRCH (logged) when it does not run. */
int container_stop(const struct store *s, sd_bus *bus, const char *name, enum stop_tier tier);

/* As container_stop() but fine if it does not run. */
int container_ensure_stopped(const struct store *s, sd_bus *bus, const char *name, enum stop_tier tier);
