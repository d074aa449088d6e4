/* SPDX-License-Identifier: MIT */
/* apps: what a container that is made of a root filesystem with applications (app/app.h) gets for them:
 * volumes, ports, variables, a restart policy. */
#pragma once

#include "container/state.h"
#include "container/upper.h"

/* What a command line says of them. */
struct app_choices {
	struct strv env; /* [APP:]NAME=VALUE */
	char *restart;   /* check_app_restart(); NULL: the unit's own policy */
	bool no_healthcheck, no_ports, no_volumes;
};
void app_choices_done(struct app_choices *choices);

/* Write it into the upper layer, and fill in c->oci_apps, oci_volumes and ports. The volumes that are new are
 * added to made. An error when there is something to say and no application. Logs. */
int apps_set_up(const struct store *s, struct container *c, const struct app_choices *choices,
		const struct upper *u, struct strv *made);

/* The application that is meant: wanted, or the only one when that is NULL. NULL after a message. */
const char *apps_choose(const struct container *c, const char *wanted);
