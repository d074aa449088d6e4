/* SPDX-License-Identifier: MIT */
/* apps: what a container that is made of a root filesystem with applications (app/app.h) gets for them:
 * volumes, ports, variables, a restart policy. */
#pragma once

#include "applet.h"
#include "container/state.h"
#include "container/upper.h"

/* What a command line says of them. */
struct app_choices {
	struct strv env; /* [APP:]NAME=VALUE */
	char *restart;   /* check_app_restart(); NULL: the unit's own policy */
	bool no_healthcheck, no_ports, no_volumes;
};
void app_choices_done(struct app_choices *choices);

/* Write it into the upper layer, and fill in c->oci_volumes and ports. The volumes that are new are
 * added to made. An error when there is something to say and no application. Logs. */
int apps_set_up(const struct store *s, struct container *c, const struct app_choices *choices,
		const struct upper *u, struct strv *made);

/* The applications of a container: those of its root filesystem and its bases, sorted. Logs. */
int apps_of(const struct store *s, const struct container *c, struct strv *apps);

/* What the operands of a command with --oci say: NAME [APP] [WORD...], or APP NAME [WORD...]. */
enum app_word {
	APP_WORD_NEEDED, /* exec: the word after NAME is APP where there are several, or where "--" follows it */
	APP_WORD_LAST,   /* join: that, and where it is the last word */
	APP_WORD_NAME,   /* logs: where it can be a name, which no word of journalctl is */
};
struct app_operands {
	char *container, *app;
	char *const *rest; /* of the operands */
};
#define cleanup_app_operands __attribute__((cleanup(app_operands_done)))
/* ret is zero before. Logs. */
int apps_read_operands(const struct store *s, const struct args *args, enum app_word word,
		       struct app_operands *ret);
void app_operands_done(struct app_operands *o);
