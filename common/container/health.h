/* SPDX-License-Identifier: MIT */
/* health: what running containers say of themselves, all asked at once.
 *
 * The whole takes no longer than the slowest answer or HEALTH_LIMIT, whatever the number: a container
 * that does not answer delays no other. */
#pragma once

#include "base/clock.h"
#include "base/strv.h"
#include "container/apphealth.h"
#include "host/bus.h"

#define HEALTH_LIMIT USEC_PER_SEC

struct health {
	const char *name;      /* of a container that runs */
	bool want_addresses;
	const struct strv *apps; /* its applications, or NULL */
	enum app_health_state app_health;
	char *state;           /* SystemState of its manager, systemctl(1) is-system-running; NULL: no answer */
	struct strv addresses; /* of its interfaces */
};

/* Fill in state and addresses of n containers. Silent: what is not known stays empty. */
void health_ask(sd_bus *system_bus, struct health *items, size_t n);
void health_done(struct health *item);
