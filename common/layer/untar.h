/* SPDX-License-Identifier: MIT */
/* untar: a tar stream into a directory; the work of a worker (host/worker.h).
 *
 * Formats: v7, ustar, pax (POSIX.1-2001), GNU, star. Kept: names of any bytes, owners by number,
 * modes, times to the nanosecond, hard links, holes, devices, FIFOs, extended attributes of "user."
 * (but for overlayfs's), file capabilities, POSIX access lists. The stream must end as tar(5) says,
 * in a block of zeros: what was cut between two files would otherwise pass. What follows is read to
 * its end and, as GNU tar does, not used. */
#pragma once

#include <linux/capability.h>

#include "host/worker.h"

/* CAP_* that it needs. */
#define UNTAR_CAPABILITIES                                                                        \
	(1ULL << CAP_CHOWN | 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER | 1ULL << CAP_FSETID | \
	 1ULL << CAP_MKNOD | 1ULL << CAP_SETFCAP)

/* From fds[0], uncompressed, into the directory fds[1]. report->arg is the struct ring of which fds[0] and
 * fds[2] are descriptors, or NULL: fds[0] itself holds the bytes. */
int untar(const int *fds, const struct worker_report *report);

/* As untar(), on top of what lower layers have made (place.h). */
int untar_layer(const int *fds, const struct worker_report *report);
