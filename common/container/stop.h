/* SPDX-License-Identifier: MIT */
/* stop: end a running container. */
#pragma once

#include "container/state.h"
#include "host/bus.h"

enum stop_tier {
	STOP_GRACEFUL,  /* ask its init to power off */
	STOP_TERMINATE, /* let systemd stop the unit, and kill it after the time configured for that */
	STOP_KILL,      /* SIGKILL for every process */
};

/* Stop the container and wait until its unit is gone, at most as long as configured for the tier.
 * bus has had unit_subscribe(). Logs. One that does not run is stopped already: it says so, and that is no
 * failure, so that "ps -q | xargs stop" works. */
int container_stop(const struct store *s, sd_bus *bus, const char *name, enum stop_tier tier);

/* As container_stop(), without a word about one that does not run. */
int container_ensure_stopped(const struct store *s, sd_bus *bus, const char *name, enum stop_tier tier);
