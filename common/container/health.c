/* SPDX-License-Identifier: MIT */
#include "container/health.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
#include "host/addresses.h"
#include "host/managerbus.h"

/* The questions to one container: machined knows its leader and addresses, its own manager the rest. */
struct query {
	struct health *item;
	struct machine machine;
	struct managerbus connecting;
	sd_bus *bus; /* of the container's manager */
	/* The system bus outlives us; without its slot no late answer finds us. */
	sd_bus_slot *leader_slot, *addresses_slot;
	unsigned pending; /* answers to come */
	struct apphealth apps;
};

static void query_done(struct query *q)
{
	q->item->app_health = apphealth_finish(&q->apps);
	bus_slot_done_p(&q->leader_slot);
	bus_slot_done_p(&q->addresses_slot);
	managerbus_cancel(&q->connecting);
	bus_done_p(&q->bus);
	machine_close(&q->machine);
}

/* What a manager may say (systemctl(1), is-system-running), and no other text of a container's. */
static bool is_known_state(const char *s)
{
	static const char *const known[] = { "initializing", "starting", "running", "degraded",
					     "maintenance",  "stopping", "offline" };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (streq(s, known[i]))
			return true;
	}
	return false;
}

static int on_state(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct query *q = userdata;
	const char *state;

	q->pending--;
	if (!sd_bus_message_is_method_error(m, NULL) &&
	    sd_bus_message_read(m, "v", "s", &state) >= 0 && is_known_state(state))
		q->item->state = xstrdup(state);
	return 0;
}

/* Ask the container's manager, which may take its time or never answer. */
static void ask_manager(struct query *q)
{
	q->pending--;
	if (managerbus_finish(&q->connecting, &q->bus) < 0)
		return;
	if (sd_bus_call_method_async(q->bus, NULL, bus_systemd.service, bus_systemd.path,
				     "org.freedesktop.DBus.Properties", "Get", on_state, q, "ss",
				     bus_systemd.interface, "SystemState") >= 0)
		q->pending++;
}

/* Its manager, and its applications, which have written down how they are. */
static void connect_manager(struct query *q, pid_t leader)
{
	if (machine_open_leader(q->item->name, leader, &q->machine) < 0)
		return;
	if (managerbus_begin(&q->machine, -1, &q->connecting) >= 0)
		q->pending++;
	if (q->item->apps && q->item->apps->n > 0)
		(void)apphealth_begin(&q->machine, q->item->apps, &q->apps);
}

static int on_leader(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct query *q = userdata;
	uint32_t leader;

	q->pending--;
	if (!sd_bus_message_is_method_error(m, NULL) &&
	    sd_bus_message_read(m, "v", "u", &leader) >= 0)
		connect_manager(q, (pid_t)leader);
	return 0;
}

static int on_addresses(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct query *q = userdata;

	q->pending--;
	if (!sd_bus_message_is_method_error(m, NULL))
		(void)addresses_read(m, &q->item->addresses);
	return 0;
}

static void ask_machined(sd_bus *bus, struct query *q)
{
	cleanup_free char *path = NULL;

	if (sd_bus_path_encode("/org/freedesktop/machine1/machine", q->item->name, &path) < 0)
		return;
	if (sd_bus_call_method_async(bus, &q->leader_slot, bus_machined.service, path,
				     "org.freedesktop.DBus.Properties", "Get", on_leader, q, "ss",
				     "org.freedesktop.machine1.Machine", "Leader") >= 0)
		q->pending++;
	if (q->item->want_addresses &&
	    sd_bus_call_method_async(bus, &q->addresses_slot, bus_machined.service,
				     bus_machined.path, bus_machined.interface,
				     "GetMachineAddresses", on_addresses, q, "s",
				     q->item->name) >= 0)
		q->pending++;
}

#define BUSY_TURNS 64

/* --- one loop for all connections --------------------------------------------------------- */

/* What has arrived, up to a bound: one that never stops talking must not hold the others. A connection
 * that breaks is given up. */
static void process(sd_bus **bus, struct query *queries, size_t n)
{
	int r, turns = 0;

	do {
		r = *bus ? sd_bus_process(*bus, NULL) : 0;
	} while (r > 0 && ++turns < BUSY_TURNS);
	if (r >= 0)
		return;
	for (size_t i = 0; i < n; i++)
		queries[i].pending = 0;
}

static bool any_pending(const struct query *queries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (queries[i].pending > 0)
			return true;
	}
	return false;
}

static void take_connections(struct query *queries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct guest *g = &queries[i].connecting.guest;

		if (g->pid > 0 && guest_has_ended(g))
			ask_manager(&queries[i]);
	}
}

static int wait_for_input(sd_bus *system_bus, const struct query *queries, size_t n,
			  struct pollfd *fds, usec_t deadline)
{
	nfds_t used = 0;

	if (bus_prepare_poll(system_bus, &fds[used], &deadline) >= 0)
		used++;
	for (size_t i = 0; i < n; i++) {
		if (queries[i].connecting.guest.pid > 0)
			fds[used++] = (struct pollfd){ .fd = queries[i].connecting.guest.pidfd,
						       .events = POLLIN };
		else if (queries[i].bus && queries[i].pending > 0 &&
			 bus_prepare_poll(queries[i].bus, &fds[used], &deadline) >= 0)
			used++;
	}
	return interrupt_poll(fds, used, deadline);
}

void health_ask(sd_bus *system_bus, struct health *items, size_t n)
{
	cleanup_free struct query *queries = xcalloc(n, sizeof(*queries));
	cleanup_free struct pollfd *fds = xcalloc(n + 1, sizeof(*fds));
	usec_t deadline = now_usec() + HEALTH_LIMIT;

	for (size_t i = 0; i < n; i++) {
		queries[i] = (struct query){ .item = &items[i],
					     .machine = MACHINE_INIT,
					     .connecting = MANAGERBUS_INIT,
					     .apps = APPHEALTH_INIT };
		ask_machined(system_bus, &queries[i]);
	}
	while (any_pending(queries, n)) {
		process(&system_bus, queries, n);
		take_connections(queries, n);
		for (size_t i = 0; i < n; i++)
			process(&queries[i].bus, &queries[i], 1);
		if (!any_pending(queries, n) || usec_until(deadline) == 0 ||
		    wait_for_input(system_bus, queries, n, fds, deadline) < 0)
			break;
	}
	for (size_t i = 0; i < n; i++)
		query_done(&queries[i]);
}

void health_done(struct health *item)
{
	free(item->state);
	strv_done(&item->addresses);
	item->state = NULL;
}
