/* SPDX-License-Identifier: MIT */
/* limits: the resource limits of a container, from its state to systemd. */
#pragma once

#include "container/state.h"
#include "host/unit.h"

/* The limits that the state and the configuration ask for. */
struct unit_limits limits_of(const struct store *s, const struct container *c);

/* From within the container's unit, before the container starts: set them, and allow the use of
 * device nodes. Does nothing when all is as the unit's template has it. Logs. */
int limits_apply(const struct store *s, const struct container *c, const struct strv *devices);
