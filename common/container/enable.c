/* SPDX-License-Identifier: MIT */
#include "container/enable.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "container/unitfile.h"
#include "host/unit.h"

static int write_state(const struct store *s, struct container *c, bool enabled)
{
	c->enabled = enabled;
	return container_save(s, c, 0);
}

int container_enable(const struct store *s, sd_bus *bus, const char *name)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *unit = container_unit(name);
	cleanup_close int lock = store_lock(s, "containers", name, LOCK_MODE_EXCLUSIVE);
	int r = lock < 0 ? lock : container_load(s, name, &c);

	if (r >= 0)
		r = unitfile_ensure_template(bus);
	if (r >= 0)
		r = unitfile_ensure_drop_in(bus, s, &c);
	if (r >= 0)
		r = unit_enable(bus, unit);
	return r < 0 ? r : write_state(s, &c, true);
}

int container_disable(const struct store *s, sd_bus *bus, const char *name)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *unit = container_unit(name);
	cleanup_close int lock = store_lock(s, "containers", name, LOCK_MODE_EXCLUSIVE);
	int r = lock < 0 ? lock : container_load(s, name, &c);

	if (r >= 0)
		r = unit_disable(bus, unit);
	return r < 0 ? r : write_state(s, &c, false);
}
