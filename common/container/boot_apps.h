/* SPDX-License-Identifier: MIT */
/* boot_apps: what a boot does for the applications and connectors of a container, in its mount
 * namespace. */
#pragma once

#include "container/boot.h"

/* Before the root is mounted: no other container that runs offers the same connector, directories of
 * connectors are there, and neither side can run a program or open a device that the other one puts
 * there. Logs. */
int boot_prepare_connectors(const struct store *s, const struct container *c, const struct boot_plan *plan);

/* In the mounted root: what is bound has a place, also where it is read-only; the filters of system
 * calls are in BOOT_FILTERS. Logs. */
int boot_prepare_apps(const struct container *c, const struct boot_plan *plan);
