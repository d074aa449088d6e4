/* SPDX-License-Identifier: MIT */
/* recover: finish what a command that was killed left half done.
 *
 * A directory containers/NAME without a state file, and whose lock nobody holds, belongs to no
 * container: its creation was cut off. A file state/.NAME.removing is a container whose removal was
 * cut off: what is left of it goes, its unit's drop-ins and enablement included. Every command that
 * changes something calls this first. */
#pragma once

#include "container/store.h"
#include "host/bus.h"

/* bus may be NULL: it is opened if it is needed and systemd runs. Logs what it could not do. */
int store_recover(const struct store *s, sd_bus *bus);

/* Take apart a container whose state file has become state/.NAME.removing. The caller holds its lock
 * exclusively, its unit does not run. Logs. */
int remove_finish(const struct store *s, const char *name, sd_bus *bus);

/* The name of the file that marks a removal; the caller frees. */
char *removal_marker(const char *name);
