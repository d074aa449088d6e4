/* SPDX-License-Identifier: MIT */
/* loopmount: a file system that is inside of a file, mounted where nobody but us sees it.
 *
 * A loop device (loop(4)) of the range, read-only, which the kernel takes away when its last user has gone,
 * under a detached mount (fsmount(2)): it is in no mount namespace, no path leads to it, and it is gone
 * with its descriptor, however the process ends. Read-only, nosuid, nodev, noexec, and nothing is
 * written to the file. Needs Linux 5.8. */
#pragma once

#include <stdint.h>

struct loopmount {
	int fd;                     /* of the file */
	uint64_t offset, size;      /* multiples of 512 */
	const char *driver;         /* the kernel's name of the file system */
	const char *const *options; /* flags, or KEY=VALUE; NULL-terminated */
};

/* A descriptor of the root. Silent: -ENXIO when there are no loop devices here, -ENODEV when the kernel
 * does not know such a file system. What the kernel has to say of a failure is in *ret_why, which the
 * caller frees; NULL when it says nothing. */
int loopmount(const struct loopmount *m, char **ret_why);
