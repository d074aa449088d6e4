/* SPDX-License-Identifier: MIT */
/* apphealth: what the health checks of a running container's applications say (sdme-app-init(8)). */
#pragma once

#include "base/strv.h"
#include "host/guest.h"

/* The later, the more it matters. */
enum app_health_state {
	APP_HEALTH_NONE, /* there is no check */
	APP_HEALTH_HEALTHY,
	APP_HEALTH_STARTING,
	APP_HEALTH_UNHEALTHY,
};

struct apphealth {
	struct guest guest;
	unsigned char *shared; /* an app_health_state, which the guest writes */
};
#define APPHEALTH_INIT { .guest = GUEST_INIT }

/* Begin to read; apps stays where it is until the end. Silent. */
int apphealth_begin(const struct machine *m, const struct strv *apps, struct apphealth *ret);
/* The worst of them, once for each that was begun; APP_HEALTH_NONE when it does not answer. */
enum app_health_state apphealth_finish(struct apphealth *a);

/* "healthy", "starting", "unhealthy"; NULL for none. */
const char *app_health_word(enum app_health_state state);
