/* SPDX-License-Identifier: MIT */
/* guest: a process of ours that works in the file system of a running container.
 *
 * Whatever path of a container is used, its root decides what is there: a link to a file that only the
 * host's root may read, a file system that never answers. So the work is done by a child that can do no
 * more than the container's root: in its mount and user namespaces, with its ids, without a capability
 * and without a way to get one by exec. It is in the host's pid namespace, where the container cannot see
 * it. It is killed when it takes too long, and ends with us. Silent. */
#pragma once

#include <sys/types.h>

#include "host/machine.h"

/* For a look-up in a file system that does not answer. */
#define GUEST_LIMIT USEC_PER_SEC

/* What the child does: 0 or a negative errno down to -255. Absolute paths begin at the container's root. */
typedef int (*guest_work)(const struct machine *m, void *userdata);

struct guest {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended */
	usec_t deadline;
};
#define GUEST_INIT { .pidfd = -1 }

int guest_start(const struct machine *m, guest_work work, void *userdata, struct guest *ret);
/* What the work returned; -ETIMEDOUT when it took longer than GUEST_LIMIT from its start on, -EINTR after an
 * interrupt. It is gone afterwards. */
int guest_finish(struct guest *g);
bool guest_has_ended(const struct guest *g);
void guest_kill(struct guest *g);
/* Both. */
int guest_run(const struct machine *m, guest_work work, void *userdata);

/* As read_file_in_root(), and as guest_finish(). */
int guest_read_file(const struct machine *m, const char *path, size_t max, char **ret_text);
/* 0 if there is something at path, and if it is a directory when flags has O_DIRECTORY. */
int guest_look(const struct machine *m, const char *path, int flags);

/* For the work itself: open what an O_PATH descriptor stands for. */
int guest_reopen(int path_fd, int flags);
/* Open a regular file, and nothing else, to be read. */
int guest_open_file(const struct machine *m, const char *path);
