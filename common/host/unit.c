/* SPDX-License-Identifier: MIT */
#include "host/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"

#define NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"
#define UNIT_INTERFACE "org.freedesktop.systemd1.Unit"

static int unit_call(sd_bus *bus, const char *member, const char *unit, const char *types, ...)
{
	cleanup_bus_error sd_bus_error error = { 0 };
	va_list ap;
	int r;

	va_start(ap, types);
	r = sd_bus_call_methodv(bus, bus_systemd.service, bus_systemd.path, bus_systemd.interface,
				member, &error, NULL, types, ap);
	va_end(ap);
	if (r < 0)
		return log_error_code(r, "systemd: %s of '%s' failed: %s", member, unit,
				      bus_error_text(&error, r));
	return 0;
}

/* --- states ------------------------------------------------------------------------------- */

static enum unit_state state_parse(const char *s)
{
	if (streq(s, "active") || streq(s, "reloading") || streq(s, "refreshing"))
		return UNIT_ACTIVE;
	if (streq(s, "activating"))
		return UNIT_ACTIVATING;
	if (streq(s, "deactivating"))
		return UNIT_DEACTIVATING;
	return streq(s, "failed") ? UNIT_FAILED : UNIT_INACTIVE;
}

/* 1, or 0 for a unit that systemd does not know. */
static int get_property(sd_bus *bus, const char *unit, const char *property, const char *type,
			sd_bus_message **ret)
{
	cleanup_bus_error sd_bus_error error = { 0 };
	cleanup_bus_message sd_bus_message *reply = NULL;
	const char *path;
	int r = bus_call(bus, &bus_systemd, "GetUnit", &error, &reply, "s", unit);

	if (r < 0 && sd_bus_error_has_name(&error, NO_SUCH_UNIT))
		return 0;
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		r = sd_bus_get_property(bus, bus_systemd.service, path, UNIT_INTERFACE, property, &error, ret,
					type);
	if (r < 0)
		return log_error_code(r, "cannot ask systemd about '%s': %s", unit, bus_error_text(&error, r));
	return 1;
}

int unit_get_state(sd_bus *bus, const char *unit, enum unit_state *ret)
{
	cleanup_bus_message sd_bus_message *value = NULL;
	const char *state = "inactive";
	int r = get_property(bus, unit, "ActiveState", "s", &value);

	if (r > 0 && (r = sd_bus_message_read(value, "s", &state)) < 0)
		log_error_errno(r, "cannot read what systemd says of '%s'", unit);
	if (r < 0)
		return r;
	*ret = state_parse(state);
	return 0;
}

int unit_get_begin(sd_bus *bus, const char *unit, uint64_t *ret)
{
	cleanup_bus_message sd_bus_message *value = NULL;
	uint64_t usec = 0;
	int r = get_property(bus, unit, "InactiveExitTimestampMonotonic", "t", &value);

	if (r > 0 && (r = sd_bus_message_read(value, "t", &usec)) < 0)
		log_error_errno(r, "cannot read what systemd says of '%s'", unit);
	if (r < 0)
		return r;
	*ret = usec;
	return 0;
}

int unit_subscribe(sd_bus *bus)
{
	return unit_call(bus, "Subscribe", "signals", NULL);
}

/* --- jobs --------------------------------------------------------------------------------- */

struct job {
	const char *path; /* NULL until StartUnit has answered */
	struct strv removed; /* "PATH RESULT" of jobs that ended meanwhile */
	int result; /* 1 done, -ECANCELED anything else */
};

static void job_check(struct job *job)
{
	STRV_FOREACH(entry, &job->removed) {
		const char *result = job->path ? after_prefix(entry, job->path) : NULL;

		if (result && *result == ' ')
			job->result = streq(result, " done") ? 1 : -ECANCELED;
	}
}

static int on_job_removed(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct job *job = userdata;
	const char *path, *unit, *result;
	uint32_t id;

	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0)
		strv_addf(&job->removed, "%s %s", path, result);
	job_check(job);
	return 0;
}

static int job_result(void *userdata)
{
	return ((struct job *)userdata)->result;
}

int unit_start(sd_bus *bus, const char *unit, usec_t deadline)
{
	cleanup_bus_error sd_bus_error error = { 0 };
	cleanup_bus_message sd_bus_message *reply = NULL;
	cleanup_bus_slot sd_bus_slot *slot = NULL;
	struct job job = { 0 };
	int r;

	/* The job may be over before we know its name: collect from before the call on. */
	r = sd_bus_match_signal(bus, &slot, bus_systemd.service, bus_systemd.path,
				bus_systemd.interface, "JobRemoved", on_job_removed, &job);
	if (r < 0)
		return log_error_errno(r, "cannot listen to systemd");
	r = bus_call(bus, &bus_systemd, "StartUnit", &error, &reply, "ss", unit, "replace");
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &job.path);
	if (r < 0) {
		strv_done(&job.removed);
		return log_error_code(r, "cannot start '%s': %s", unit, bus_error_text(&error, r));
	}
	job_check(&job);
	r = bus_wait(bus, deadline, job_result, &job);
	strv_done(&job.removed);
	return r > 0 ? 0 : r;
}

int unit_stop(sd_bus *bus, const char *unit)
{
	cleanup_bus_error sd_bus_error error = { 0 };
	int r = bus_call(bus, &bus_systemd, "StopUnit", &error, NULL, "ss", unit, "replace");

	if (r < 0 && !sd_bus_error_has_name(&error, NO_SUCH_UNIT))
		return log_error_code(r, "cannot stop '%s': %s", unit, bus_error_text(&error, r));
	return 0;
}

struct stop_wait {
	sd_bus *bus;
	const char *unit;
	bool changed;
};

static int on_change(attr_unused sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	((struct stop_wait *)userdata)->changed = true;
	return 0;
}

static int stopped(void *userdata)
{
	struct stop_wait *w = userdata;
	enum unit_state state;
	int r;

	if (!w->changed)
		return 0;
	w->changed = false;
	r = unit_get_state(w->bus, w->unit, &state);
	if (r < 0)
		return r;
	return state == UNIT_INACTIVE || state == UNIT_FAILED;
}

int unit_wait_stopped(sd_bus *bus, const char *unit, usec_t deadline)
{
	cleanup_bus_slot sd_bus_slot *changes = NULL, *removals = NULL;
	cleanup_free char *path = NULL;
	struct stop_wait w = { bus, unit, true };
	int r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path);

	if (r >= 0)
		r = sd_bus_match_signal(bus, &changes, bus_systemd.service, path,
					"org.freedesktop.DBus.Properties", "PropertiesChanged", on_change, &w);
	if (r >= 0)
		r = sd_bus_match_signal(bus, &removals, bus_systemd.service, bus_systemd.path,
					bus_systemd.interface, "UnitRemoved", on_change, &w);
	if (r < 0)
		return log_error_errno(r, "cannot listen to systemd");
	r = bus_wait(bus, deadline, stopped, &w);
	return r > 0 ? 0 : r;
}

int unit_kill(sd_bus *bus, const char *unit, const char *whom, int signo)
{
	return unit_call(bus, "KillUnit", unit, "ssi", unit, whom, (int32_t)signo);
}

void unit_reset_failed(sd_bus *bus, const char *unit)
{
	cleanup_bus_error sd_bus_error error = { 0 };

	(void)bus_call(bus, &bus_systemd, "ResetFailedUnit", &error, NULL, "s", unit);
}

int unit_reload_all(sd_bus *bus)
{
	return unit_call(bus, "Reload", "unit files", NULL);
}

int unit_enable(sd_bus *bus, const char *unit)
{
	return unit_call(bus, "EnableUnitFiles", unit, "asbb", 1, unit, false, false);
}

int unit_disable(sd_bus *bus, const char *unit)
{
	return unit_call(bus, "DisableUnitFiles", unit, "asb", 1, unit, false);
}

static int add_devices(sd_bus_message *m, const struct strv *paths)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "DeviceAllow");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "a(ss)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(ss)");
	for (size_t i = 0; i < paths->n && r >= 0; i++)
		r = sd_bus_message_append(m, "(ss)", paths->v[i], "rwm");
	for (int depth = 0; depth < 3 && r >= 0; depth++)
		r = sd_bus_message_close_container(m);
	return r;
}

/* systemd appends a drop-in for each that is new to it, and holds the unit changed on disk when that is not
 * the order of their names. */
static int add_limits(sd_bus_message *m, const struct unit_limits *l, const struct strv *devices)
{
	int r = sd_bus_message_append(m, "(sv)(sv)", "CPUQuotaPerSecUSec", "t", l->cpu_quota_usec, "CPUWeight",
				      "t", l->cpu_weight);

	if (r >= 0 && devices->n > 0)
		r = add_devices(m, devices);
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)(sv)", "MemoryMax", "t", l->memory_max, "MemorySwapMax",
					  "t", l->memory_max, "TasksMax", "t", l->tasks_max);
	return r;
}

int unit_set_limits(sd_bus *bus, const char *unit, const struct unit_limits *limits,
		    const struct strv *devices)
{
	cleanup_bus_error sd_bus_error error = { 0 };
	cleanup_bus_message sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, bus_systemd.service, bus_systemd.path,
					       bus_systemd.interface, "SetUnitProperties");

	log_debug("setting the limits of '%s'", unit);
	if (r >= 0)
		r = sd_bus_message_append(m, "sb", unit, true);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = add_limits(m, limits, devices);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &error, NULL);
	if (r < 0)
		return log_error_code(r, "systemd: cannot set the limits of '%s': %s", unit,
				      bus_error_text(&error, r));
	return 0;
}

/* --- lists -------------------------------------------------------------------------------- */

int unit_list(sd_bus *bus, const char *pattern, struct unit_list *ret)
{
	cleanup_bus_error sd_bus_error error = { 0 };
	cleanup_bus_message sd_bus_message *reply = NULL;
	cleanup_unit_list struct unit_list list = { 0 };
	const char *name, *state;
	int r = bus_call(bus, &bus_systemd, "ListUnitsByPatterns", &error, &reply, "asas", 0, 1, pattern);

	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
	while (r >= 0 && (r = sd_bus_message_read(reply, "(ssssssouso)", &name, NULL, NULL, &state, NULL,
						  NULL, NULL, NULL, NULL, NULL)) > 0) {
		list.units = xreallocarray(list.units, list.n + 1, sizeof(*list.units));
		list.units[list.n++] = (struct unit_entry){ xstrdup(name), state_parse(state) };
	}
	if (r < 0)
		return log_error_code(r, "cannot ask systemd for its units: %s", bus_error_text(&error, r));
	*ret = list;
	list = (struct unit_list){ 0 };
	return 0;
}

void unit_list_done(struct unit_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->units[i].name);
	free(list->units);
	*list = (struct unit_list){ 0 };
}
