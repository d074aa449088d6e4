/* SPDX-License-Identifier: MIT */
/* owner: which data directory the unit of a name is from.
 *
 * All data directories of a host share the units sdme@NAME.service and the names that machined knows, so
 * of the containers of one name only one can run. While one does, /run/sdme/running/NAME/datadir tells
 * whose it is: sdme-boot writes it, into a directory that systemd makes for the unit and removes with it,
 * and that no container sees. Otherwise it is the data directory that the unit would boot from
 * (unitfile.h). */
#pragma once

#include "container/store.h"
#include "host/bus.h"

/* NULL when the unit of this name is ours, else the path of the data directory that it is from, which the
 * caller frees. Silent. */
char *owner_other(const struct store *s, const char *name);

/* Before the unit is changed or started: -EBUSY when another data directory's container of this name runs
 * or is enabled. Logs. */
int owner_claim(const struct store *s, sd_bus *bus, const char *name);

/* For sdme-boot: the unit of this name runs for this store. Silent; where it cannot be written, the unit
 * file will tell. */
void owner_write(const struct store *s, const char *name);
