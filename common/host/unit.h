/* SPDX-License-Identifier: MIT */
/* unit: systemd's units over D-Bus (org.freedesktop.systemd1(5)).
 *
 * All functions log their failures, with the unit's name and what systemd said. */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "base/strv.h"
#include "host/bus.h"

enum unit_state {
	UNIT_INACTIVE, /* or not known to systemd at all */
	UNIT_ACTIVE,
	UNIT_ACTIVATING,
	UNIT_DEACTIVATING,
	UNIT_FAILED,
};

int unit_get_state(sd_bus *bus, const char *unit, enum unit_state *ret);
/* When it last began to start, in microseconds of CLOCK_MONOTONIC; 0: never. */
int unit_get_begin(sd_bus *bus, const char *unit, uint64_t *ret);

/* Ask systemd to send its signals on this connection; once, before the jobs that are waited for. */
int unit_subscribe(sd_bus *bus);

/* Start the unit and wait until the job is done: 0 when it runs. -ECANCELED (silent) when the job
 * failed, which systemd tells at once; then the unit's journal has the reason. -ETIMEDOUT and -EINTR are
 * silent, too: the caller knows what it was about. */
int unit_start(sd_bus *bus, const char *unit, usec_t deadline);

/* Tell systemd to stop it; returns at once. Silent when the unit is not there. */
int unit_stop(sd_bus *bus, const char *unit);

/* Wait until the unit is neither active nor on its way. -ETIMEDOUT and -EINTR are silent. */
int unit_wait_stopped(sd_bus *bus, const char *unit, usec_t deadline);

/* Signal the unit's processes; whom is "main", "control" or "all". */
int unit_kill(sd_bus *bus, const char *unit, const char *whom, int signo);

/* Forget that it failed. Silent. */
void unit_reset_failed(sd_bus *bus, const char *unit);

/* Let systemd read its unit files again. */
int unit_reload_all(sd_bus *bus);

int unit_enable(sd_bus *bus, const char *unit);
int unit_disable(sd_bus *bus, const char *unit);

/* A resource limit; "infinity" for none (systemd.resource-control(5)). */
#define UNIT_INFINITY UINT64_MAX
struct unit_limits {
	uint64_t memory_max;       /* bytes, for memory and for swap */
	uint64_t cpu_quota_usec;   /* processor time for each second */
	uint64_t cpu_weight;       /* 1 to 10000; UNIT_INFINITY: the default */
	uint64_t tasks_max;
};

/* Set all of them on the unit, as it runs and until the host reboots, and let its processes use these device
 * nodes besides those that its unit file allows; with none of them, what was allowed stays. */
int unit_set_limits(sd_bus *bus, const char *unit, const struct unit_limits *limits,
		    const struct strv *devices);

/* The units that systemd has loaded whose names match the glob pattern, with their states. */
struct unit_entry {
	char *name;
	enum unit_state state;
};
struct unit_list {
	struct unit_entry *units;
	size_t n;
};
int unit_list(sd_bus *bus, const char *pattern, struct unit_list *ret);
void unit_list_done(struct unit_list *list);
#define cleanup_unit_list __attribute__((cleanup(unit_list_done)))
