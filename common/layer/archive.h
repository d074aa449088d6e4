/* SPDX-License-Identifier: MIT */
/* archive: unpack a tarball, compressed or not, that may be hostile.
 *
 * Two workers (host/worker.h), so that they run side by side: one without any privilege makes plain
 * bytes of compressed ones (decompress.h), the other makes files of them (untar.h). */
#pragma once

#include "host/worker.h"
#include "layer/decompress.h"

/* Unpack what can be read from archive_fd, a file or a pipe, into the directory root_fd. name is
 * what messages call it. Logs. -EINTR after an interrupt. What was unpacked before a failure stays,
 * for the caller to remove. */
int archive_unpack(int archive_fd, int root_fd, const char *name);

/* As archive_unpack(), with a writer like untar(), its argument, and what is known of the stream or NULL.
 * What they need has been loaded. */
int archive_run(int archive_fd, const struct decompress_spec *spec, int root_fd, worker_main write,
		const void *arg, const char *name);
