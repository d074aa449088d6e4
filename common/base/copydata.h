/* SPDX-License-Identifier: MIT */
/* copydata: the content of a file, as cheaply as the file systems allow.
 *
 * Shared extents first (ioctl_ficlonerange(2)), then copy_file_range(2), then read and write. Holes
 * stay holes. */
#pragma once

#include <stdint.h>

/* Copy the content of from_fd into to_fd, a new empty file. size is what the source has: more than
 * that is not copied, for a log may grow for ever. Silent; -EINTR after an interrupt. */
int copy_data(int from_fd, int to_fd, uint64_t size);
