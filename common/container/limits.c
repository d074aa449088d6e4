/* SPDX-License-Identifier: MIT */
#include "container/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "container/unitfile.h"

#define DEFAULT_TASKS_MAX 16384 /* as data/sdme@.service.in has it */

struct unit_limits limits_of(const struct store *s, const struct container *c)
{
	struct unit_limits l = { UNIT_INFINITY, UNIT_INFINITY, UNIT_INFINITY, s->config.tasks_max };
	uint64_t value;

	if (c->memory && parse_size(c->memory, &value) == 0)
		l.memory_max = value;
	if (c->cpus && parse_hundredths(c->cpus, &value) == 0)
		l.cpu_quota_usec = value * (USEC_PER_SEC / 100);
	if (c->cpu_weight && parse_u64(c->cpu_weight, 1, 10000, &value) == 0)
		l.cpu_weight = value;
	return l;
}

/* Limits that an earlier start has set stay with the unit until the host reboots. */
static bool has_old_limits(const char *name)
{
	cleanup_free char *path = xasprintf("/run/systemd/system.control/sdme@%s.service.d", name);

	return access(path, F_OK) == 0;
}

int limits_apply(const struct store *s, const struct container *c, const struct strv *devices)
{
	cleanup_bus sd_bus *bus = NULL;
	cleanup_free char *unit = container_unit(c->name);
	struct unit_limits l = limits_of(s, c);
	int r;

	if (!c->memory && !c->cpus && !c->cpu_weight && s->config.tasks_max == DEFAULT_TASKS_MAX &&
	    devices->n == 0 && !has_old_limits(c->name))
		return 0;
	r = bus_open_systemd(&bus);
	return r < 0 ? r : unit_set_limits(bus, unit, &l, devices);
}
