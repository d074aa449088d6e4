/* SPDX-License-Identifier: MIT */
/* archive: unpack a tarball, compressed or not, that may be hostile.
 *
 * Two workers (host/worker.h), so that they run side by side: one without any privilege makes plain
 * bytes of compressed ones (decompress.h), the other makes files of them (untar.h). */
#pragma once

/* Unpack what can be read from archive_fd, a file or a pipe, into the directory root_fd. name is
 * what messages call it. Logs. -EINTR after an interrupt. What was unpacked before a failure stays,
 * for the caller to remove. */
int archive_unpack(int archive_fd, int root_fd, const char *name);
