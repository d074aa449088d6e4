/* SPDX-License-Identifier: MIT */
/* decompress: the bytes inside a compressed stream; the work of a worker (host/worker.h).
 *
 * gzip, bzip2, xz, lzma, lzip, zstd, lz4 and compress, recognised by their content, several layers
 * and several streams one after another included; what is none of them passes through unchanged.
 * A stream that ends too early or fails its checksum is an error. */
#pragma once

#include "host/worker.h"

/* Load the library, before the workers are started. Logs. */
int decompress_load(void);

/* From fds[0] to fds[1]. When the reader of fds[1] has gone, that is its affair: 0. */
int decompress(const int *fds, const struct worker_report *report);
