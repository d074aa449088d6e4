/* SPDX-License-Identifier: MIT */
#include "container/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "container/status.h"
#include "container/unitfile.h"
#include "host/unit.h"

/* systemd(1), SIGNALS: SIGRTMIN+3 halts the machine in order. machined knows who its init is. */
static int ask_to_halt(sd_bus *bus, const char *name, const char *unit)
{
	cleanup_bus_error sd_bus_error error = { 0 };
	int r = bus_call(bus, &bus_machined, "KillMachine", &error, NULL, "ssi", name, "leader",
			 (int32_t)SIGRTMIN + 3);

	if (r >= 0)
		return 0;
	/* Not registered yet, or machined is gone: systemd can still end it. */
	log_debug("machined: KillMachine of '%s' failed: %s", name, bus_error_text(&error, r));
	return unit_stop(bus, unit);
}

static int kill_all(sd_bus *bus, const char *unit)
{
	int r = unit_kill(bus, unit, "all", SIGKILL);

	return r < 0 ? r : unit_stop(bus, unit);
}

static int begin(sd_bus *bus, const char *name, const char *unit, enum stop_tier tier)
{
	switch (tier) {
	case STOP_GRACEFUL:
		return ask_to_halt(bus, name, unit);
	case STOP_TERMINATE:
		return unit_stop(bus, unit);
	case STOP_KILL:
		break;
	}
	return kill_all(bus, unit);
}

static uint64_t timeout_of(const struct config *c, enum stop_tier tier)
{
	switch (tier) {
	case STOP_GRACEFUL:
		return c->stop_timeout_graceful;
	case STOP_TERMINATE:
		return c->stop_timeout_terminate;
	case STOP_KILL:
		break;
	}
	return c->stop_timeout_kill;
}

/* -ETIMEDOUT is silent. */
static int try_tier(const struct store *s, sd_bus *bus, const char *name, const char *unit,
		    enum stop_tier tier)
{
	uint64_t seconds = timeout_of(&s->config, tier);
	int r;

	log_debug("stopping the unit '%s', for %llu seconds at most", unit, (unsigned long long)seconds);
	r = begin(bus, name, unit, tier);
	return r < 0 ? r : unit_wait_stopped(bus, unit, now_usec() + seconds * USEC_PER_SEC);
}

static int stop_unit(const struct store *s, sd_bus *bus, const char *name, const char *unit,
		     enum stop_tier tier)
{
	unsigned long long seconds = timeout_of(&s->config, tier);
	int r = try_tier(s, bus, name, unit, tier);

	if (r == -ETIMEDOUT && tier == STOP_TERMINATE) {
		/* systemd would wait longer before it kills what ignores its signals. */
		log_notice("container '%s' did not stop within %llu seconds, killing it", name, seconds);
		tier = STOP_KILL;
		seconds = timeout_of(&s->config, tier);
		r = try_tier(s, bus, name, unit, tier);
	}
	if (r == -ETIMEDOUT && tier == STOP_KILL)
		return log_error_code(r, "container '%s' did not end within %llu seconds of SIGKILL", name, seconds);
	if (r == -ETIMEDOUT)
		return log_error_code(r, "container '%s' did not stop within %llu seconds; try: sdme stop --kill %s",
				      name, seconds, name);
	/* Killed is not failed: the user asked for it. */
	if (r >= 0 && tier == STOP_KILL)
		unit_reset_failed(bus, unit);
	return r;
}

int container_stop(const struct store *s, sd_bus *bus, const char *name, enum stop_tier tier)
{
	cleanup_free char *unit = container_unit(name);
	enum unit_state state;
	int r = status_get(s, bus, name, &state);

	if (r < 0)
		return r;
	if (state == UNIT_INACTIVE || state == UNIT_FAILED) {
		log_notice("container '%s' is not running", name);
		return 0;
	}
	return stop_unit(s, bus, name, unit, tier);
}

int container_ensure_stopped(const struct store *s, sd_bus *bus, const char *name, enum stop_tier tier)
{
	cleanup_free char *unit = container_unit(name);
	enum unit_state state;
	int r = status_get(s, bus, name, &state);

	if (r < 0 || state == UNIT_INACTIVE || state == UNIT_FAILED)
		return r;
	return stop_unit(s, bus, name, unit, tier);
}
