/* SPDX-License-Identifier: MIT */
/* decompress: the bytes inside a compressed stream; the work of a worker (host/worker.h).
 *
 * gzip, bzip2, xz, lzma, lzip, zstd, lz4 and compress, recognised by their content, several layers
 * and several streams one after another included; what is none of them passes through unchanged.
 * A stream that ends too early or fails its checksum is an error; but for the checksum of gzip inside another
 * stream, which libarchive passes over. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "host/worker.h"
#include "layer/digest.h"
#include "layer/ring.h"

/* What is known of the stream beforehand. */
struct decompress_spec {
	const struct digest *digest;  /* of it as it is; NULL: not known */
	uint64_t size;                /* of it as it is; UINT64_MAX: not known */
	uint64_t max_content;         /* more than this many bytes inside are refused */
	const char *kind;             /* "gzip", "zstd", "" for neither, NULL: not known */
	const struct digest *diff_id; /* of what is inside, only with a ring; NULL: not known */
	bool once;                    /* what is inside is not looked at for being compressed again */
	const struct ring *ring;      /* that it goes through; NULL: through fds[1] itself */
};

#define DECOMPRESS_SPEC_INIT { .size = UINT64_MAX, .max_content = UINT64_MAX }

/* For the worker's max_memory. A dictionary can be 4 GiB in xz, and 900 kB in bzip2; zstd's window is
 * bounded by gunzip.h. */
#define DECOMPRESS_MEMORY_MAX (192 * 1024 * 1024)

/* Load the libraries, before the workers are started. Logs. */
int decompress_load(void);

/* From fds[0] to fds[1]; with a ring, that and fds[2] are its descriptors. report->arg is a struct
 * decompress_spec, or NULL. When the reader of fds[1] has gone, that is its affair: 0; but the stream's
 * digest is compared even so. */
int decompress(const int *fds, const struct worker_report *report);
