/* SPDX-License-Identifier: MIT */
/* enable: whether a container starts when the host boots.
 *
 * Nothing but the state file and the link that systemd makes is needed for it: sdme-boot finds the
 * rest out when it runs. All functions log. */
#pragma once

#include "container/state.h"
#include "host/bus.h"

int container_enable(const struct store *s, sd_bus *bus, const char *name);
int container_disable(const struct store *s, sd_bus *bus, const char *name);

/* For recover.c: the file in state/ that tells of a change that was cut off, and what makes systemd's
 * link again what the state file says. The caller holds the lock. */
char *enable_marker(const char *name);
int enable_finish(const struct store *s, sd_bus *bus, const char *name);
