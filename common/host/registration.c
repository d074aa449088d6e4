/* SPDX-License-Identifier: MIT */
#include "host/registration.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "host/bus.h"

/* machined's own note, by name. To see that there is none spares a boot the bus, which is not there
 * yet when the host boots. */
static bool may_be_registered(const char *name)
{
	cleanup_free char *path = xasprintf("/run/systemd/machines/%s", name);

	return access(path, F_OK) == 0;
}

static int drop(sd_bus *bus, const char *name, const char *unit)
{
	cleanup_bus_error sd_bus_error error = { 0 };
	cleanup_bus_message sd_bus_message *machine = NULL, *value = NULL;
	const char *path, *its_unit;
	int r = bus_call(bus, &bus_machined, "GetMachine", &error, &machine, "s", name);

	if (r >= 0)
		r = sd_bus_message_read(machine, "o", &path);
	if (r >= 0)
		r = sd_bus_get_property(bus, bus_machined.service, path, "org.freedesktop.machine1.Machine",
					"Unit", &error, &value, "s");
	if (r >= 0)
		r = sd_bus_message_read(value, "s", &its_unit);
	if (r < 0 || !streq(its_unit, unit))
		return r;
	return bus_call(bus, &bus_machined, "UnregisterMachine", &error, NULL, "s", name);
}

void registration_drop(const char *name, const char *unit)
{
	cleanup_bus sd_bus *bus = NULL;
	int r;

	if (!may_be_registered(name))
		return;
	r = bus_open_system(&bus);
	if (r >= 0)
		r = drop(bus, name, unit);
	log_debug("machined had a machine '%s' left: %s", name, r < 0 ? strerror(-r) : "dropped if it was ours");
}
