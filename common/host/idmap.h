/* SPDX-License-Identifier: MIT */
/* idmap: mounts in which the owners of files appear shifted (mount_setattr(2), MOUNT_ATTR_IDMAP). */
#pragma once

/* How many ids a container's user namespace has, as systemd-nspawn counts. */
#define IDMAP_RANGE 65536

/* A detached clone of the mount at the directory fd, without what is mounted below, in which id N on
 * disk is id first + N, for N below IDMAP_RANGE. Silent; -EINVAL when the file system cannot. */
int idmap_clone(int dir_fd, unsigned first_id);
