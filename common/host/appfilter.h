/* SPDX-License-Identifier: MIT */
/* appfilter: which system calls an application of an image may make: what docker allows a container by
 * default (moby, profiles/seccomp), with what each of its capabilities adds.
 *
 * What is not allowed fails with EPERM; clone3(2), whose flags a filter cannot see, and calls that are
 * newer than all that we know of with ENOSYS, so that programs try the older ones. */
#pragma once

#include <stdint.h>

/* Write the filter to fd, an array of struct sock_filter (linux/filter.h) for seccomp(2).
 * capabilities: bit N is capability N. Logs; -ENOENT when libseccomp is not there. */
int app_filter_write(uint64_t capabilities, int fd);
