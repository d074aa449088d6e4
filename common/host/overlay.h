/* SPDX-License-Identifier: MIT */
/* overlay: overlay file systems by descriptor, with the mount API of Linux 5.2.
 *
 * Kernel document: Documentation/filesystems/overlayfs.rst. Layers are handed over as
 * /proc/self/fd/N, so no character of a path means anything to the parser of mount options. */
#pragma once

#include <stddef.h>

/* Kernels before 6.5 take 256 bytes for all lower layers together: "/proc/self/fd/NNN:" each. */
#define OVERLAY_LOWER_MAX 13

/* A detached mount of the lower layers (descriptors of directories, O_PATH will do; the first is the
 * uppermost) under upper and work, or read-only when upper_fd is -1. A single lower layer without an
 * upper one is no overlay: -EINVAL. Returns a descriptor of the mount's root (see mount_attach()).
 * Silent. */
int overlay_mount(const int *lower_fds, size_t n, int upper_fd, int work_fd);

/* Attach a detached mount at the directory at_fd/path ("" for at_fd itself). Silent. */
int mount_attach(int mount_fd, int at_fd, const char *path);
