/* SPDX-License-Identifier: MIT */
/* list: everything that ps shows, collected with one question to systemd, one to machined for each
 * container that runs, and all containers asked at once for their health. */
#pragma once

#include "container/state.h"
#include "host/unit.h"

struct list_row {
	char *name;
	struct container c; /* empty when the state cannot be read */
	enum unit_state unit;
	/* "ok", what is-system-running says, what the health checks of applications say, or the problems,
	 * comma-separated */
	char *health;
	struct strv apps; /* applications of images */
	char *os;
	struct strv addresses;
	struct strv submounts; /* of the host, that a clone would see */
};

struct list {
	struct list_row *rows;
	size_t n;
};
#define cleanup_list __attribute__((cleanup(list_done)))

/* All containers, sorted by name. Where systemd does not run, all are stopped. Logs. */
int list_collect(const struct store *s, struct list *ret);
void list_done(struct list *list);
