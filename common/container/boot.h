/* SPDX-License-Identifier: MIT */
/* boot: from the state of a container to a running systemd-nspawn.
 *
 * boot_plan_make() decides everything and changes nothing; boot_run() does it, as the main process of
 * the container's unit: in a mount namespace of its own it stacks the layers under /run/sdme/boot/NAME
 * and becomes systemd-nspawn. What was mounted goes with the namespace, whoever is killed when. */
#pragma once

#include "container/state.h"

#define BOOT_DIR "/run/sdme/boot"
/* No container has this name. */
#define BOOT_FILTERS BOOT_DIR "/.filters"

struct boot_plan {
	char *root;            /* BOOT_DIR/NAME */
	struct strv lowers;    /* names of the read-only layers, uppermost first: for people */
	struct strv submounts; /* mount points of the host that get overlays of their own */
	struct strv argv;      /* systemd-nspawn and its arguments */
	struct strv env;       /* for systemd-nspawn itself */
	struct strv devices;   /* device nodes among the bind mounts */
	struct strv confined;  /* directories of the host that become mounts without programs and devices */
	struct strv places;    /* what is bound needs these; a directory ends in '/' */
	char *connector;       /* the one that it offers, or NULL */
	bool filters;          /* of system calls, for its applications */
};

/* mountinfo: the text of /proc/self/mountinfo, for clones of the host. Logs. */
int boot_plan_make(const struct store *s, const struct container *c, const char *mountinfo,
		   struct boot_plan *ret);
void boot_plan_done(struct boot_plan *plan);
#define cleanup_boot_plan __attribute__((cleanup(boot_plan_done)))

/* Carry the plan out; config_path as store_open() takes it. Returns only on failure. Logs. */
int boot_run(const char *config_path, const struct container *c, const struct boot_plan *plan);
