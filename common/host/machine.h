/* SPDX-License-Identifier: MIT */
/* machine: reach into a running container.
 *
 * A container is the unit sdme@NAME.service and the machine NAME that machined knows. What it says
 * about itself is not trusted: its leader is verified by the cgroup that the kernel shows for it, so
 * a pid that was used again can never make us act on the host, and every path in it is resolved in
 * its root, by a process that is no more than a guest there (guest.h). Nothing here waits for the container;
 * ready.h does. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "host/bus.h"

struct machine {
	char *name;
	pid_t leader;
	int pidfd;   /* readable when the leader has ended */
	int proc_fd; /* its directory in /proc; fails with ESRCH when it has ended */
	int root_fd; /* O_PATH: its root directory */
	bool userns; /* its user namespace is not ours */
};

#define MACHINE_INIT { .pidfd = -1, .proc_fd = -1, .root_fd = -1 }
#define cleanup_machine __attribute__((cleanup(machine_close)))

/* The machine of this name. Silent; -ESRCH when it does not run. */
int machine_open(sd_bus *system_bus, const char *name, struct machine *ret);
/* The same for a leader that the caller has from machined; it is verified. */
int machine_open_leader(const char *name, pid_t leader, struct machine *ret);
void machine_close(struct machine *m);

/* What an id of the container's is to us; map is "uid_map" or "gid_map" (user_namespaces(7)). -ENXIO when the
 * container does not have it. Silent. */
int machine_map_id(const struct machine *m, const char *map, unsigned id, unsigned *ret);

/* What to poll for a connection, and in *deadline the earlier of what it was and the time at which
 * sd_bus_process() must run (0: none). Silent. */
int bus_prepare_poll(sd_bus *bus, struct pollfd *ret, usec_t *deadline);

/* Whether the text of a /proc/PID/cgroup shows the process in unit, or below it; root is the
 * cgroup that holds the host's slices ("" unless the host is itself in a container). */
bool cgroup_is_of_unit(const char *text, const char *root, const char *unit);
