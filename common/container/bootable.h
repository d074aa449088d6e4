/* SPDX-License-Identifier: MIT */
/* bootable: whether a tree has what a container boots: systemd, and D-Bus to reach it by.
 *
 * Everything is looked for inside the tree: its absolute links mean the tree's own files, never the
 * host's. */
#pragma once

#include <stdbool.h>

#include "container/family.h"

struct bootable {
	enum family family;
	bool systemd, dbus;
	char *init; /* without systemd: what the tree's /sbin/init is; NULL when it has none */
};

#define BOOTABLE_INIT        \
	{                    \
		.init = NULL \
	}
#define cleanup_bootable __attribute__((cleanup(bootable_done)))

/* Silent. */
void bootable_read(int root_fd, struct bootable *ret);
void bootable_done(struct bootable *b);

bool bootable_is(const struct bootable *b);
/* A phrase such as "no systemd (its /sbin/init is /bin/busybox) and no D-Bus", NULL when it can boot;
 * the caller frees. It may hold any byte. */
char *bootable_lacks(const struct bootable *b);
