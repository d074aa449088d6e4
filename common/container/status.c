/* SPDX-License-Identifier: MIT */
#include "container/status.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "container/owner.h"
#include "container/unitfile.h"

static enum unit_state if_ours(const struct store *s, const char *name, enum unit_state state)
{
	cleanup_free char *other = state == UNIT_INACTIVE ? NULL : owner_other(s, name);

	return other ? UNIT_INACTIVE : state;
}

int status_get(const struct store *s, sd_bus *bus, const char *name, enum unit_state *ret)
{
	cleanup_free char *unit = container_unit(name);
	int r = unit_get_state(bus, unit, ret);

	if (r >= 0)
		*ret = if_ours(s, name, *ret);
	return r;
}

enum unit_state status_of(const struct store *s, const struct unit_list *units, const char *name)
{
	cleanup_free char *unit = container_unit(name);

	for (size_t i = 0; i < units->n; i++) {
		if (streq(units->units[i].name, unit))
			return if_ours(s, name, units->units[i].state);
	}
	return UNIT_INACTIVE;
}

const char *status_word(enum unit_state state)
{
	switch (state) {
	case UNIT_ACTIVE:
		return "running";
	case UNIT_ACTIVATING:
		return "starting";
	case UNIT_DEACTIVATING:
		return "stopping";
	case UNIT_INACTIVE:
	case UNIT_FAILED:
		break;
	}
	return "stopped";
}

void status_note_restart(const struct store *s, sd_bus *bus, const char *name)
{
	enum unit_state state;

	if (bus && status_get(s, bus, name, &state) >= 0 && !streq(status_word(state), "stopped"))
		log_notice("container '%s' is running: restart it to make the change count", name);
}

int status_select(const struct store *s, sd_bus *bus, bool running, struct strv *names)
{
	cleanup_strv struct strv all = STRV_INIT;
	cleanup_unit_list struct unit_list units = { 0 };
	int r = store_list(s->state_fd, &all);

	if (r < 0)
		return log_error_errno(r, "cannot list the containers in '%s'", s->config.datadir);
	r = unit_list(bus, "sdme@*.service", &units);
	if (r < 0)
		return r;
	STRV_FOREACH(name, &all) {
		bool is_stopped = streq(status_word(status_of(s, &units, name)), "stopped");

		if (is_stopped != running)
			strv_add(names, name);
	}
	return 0;
}
