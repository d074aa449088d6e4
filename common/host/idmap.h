/* SPDX-License-Identifier: MIT */
/* idmap: mounts in which the owners of files appear shifted (mount_setattr(2), MOUNT_ATTR_IDMAP). */
#pragma once

#include <stdbool.h>

/* How many ids a container's user namespace has, as systemd-nspawn counts. */
#define IDMAP_RANGE 65536

/* A descriptor of a user namespace in which id N is id first + N outside, for N below IDMAP_RANGE. Silent. */
int idmap_namespace(unsigned first_id);

/* A detached clone of the mount at the file or directory fd, without what is mounted below, in which id N on
 * disk is what the namespace has outside for its id N. Silent; idmap_is_unable() tells of the error whether
 * the file system or the kernel cannot. */
int idmap_clone(int fd, int namespace_fd);
bool idmap_is_unable(int error);
