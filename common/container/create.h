/* SPDX-License-Identifier: MIT */
/* create: make a container. */
#pragma once

#include "container/options.h"

/* Check what a request names on this host (bind sources, AppArmor profile, the root filesystem), give
 * the container a name if name is NULL, build its directory and publish its state file. On success
 * r->c is what was written. Nothing is left on failure. Logs. */
int container_create(const struct store *s, struct request *r, const char *name, const char *rootfs);
