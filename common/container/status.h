/* SPDX-License-Identifier: MIT */
/* status: which containers run, by one question to systemd. */
#pragma once

#include "container/store.h"
#include "host/unit.h"

/* The state of container NAME, alone or in a list of "sdme@*.service" units: UNIT_INACTIVE when the
 * unit is another data directory's (owner.h). The first logs. */
int status_get(const struct store *s, sd_bus *bus, const char *name, enum unit_state *ret);
enum unit_state status_of(const struct store *s, const struct unit_list *units, const char *name);

/* "running", "starting", "stopping", or "stopped" for anything else. */
const char *status_word(enum unit_state state);

/* Tell that a container that runs has to be restarted before a change counts. bus: NULL where nothing
 * runs. */
void status_note_restart(const struct store *s, sd_bus *bus, const char *name);

/* The containers of the store that are stopped, or with running all others, sorted. Logs. */
int status_select(const struct store *s, sd_bus *bus, bool running, struct strv *names);
