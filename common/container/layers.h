/* SPDX-License-Identifier: MIT */
/* layers: what a container's root is stacked of.
 *
 * The read-only layers are the host's "/" or a root filesystem and its bases; the writable ones are
 * containers/NAME/upper and work. Host clones have further pairs for the host's other file systems,
 * in containers/NAME/submounts/PATH/, PATH with '/' as %2F and '%' as %25. */
#pragma once

#include <stddef.h>

#include "container/state.h"
#include "host/overlay.h"

struct layers {
	int fds[OVERLAY_LOWER_MAX]; /* the first is the uppermost */
	size_t n;
};
#define LAYERS_INIT { .n = 0 }
#define cleanup_layers __attribute__((cleanup(layers_close)))

/* The read-only layers of a container. Logs. */
int layers_open(const struct store *s, const struct container *c, struct layers *ret);
void layers_close(struct layers *l);

/* Replace each layer by a detached clone of its mount in which the owners are shifted: id N of the
 * files is id first + N. Needs a file system that can (ext4, xfs, btrfs) and Linux 5.19. Logs. */
int layers_shift(struct layers *l, unsigned first_id);

/* Open containers/NAME, or a pair of writable directories in it. Logs. */
int container_dir_open(const struct store *s, const char *name);
int writable_open(int dir_fd, const char *container, int *ret_upper, int *ret_work);

/* The directory name of a submount: "/boot/efi" is "boot%2Fefi". The caller frees. */
char *submount_dir_name(const char *path);
