/* SPDX-License-Identifier: MIT */
/* layer: one layer of an image (layer.md of the OCI image specification) on top of those below it.
 *
 * The stream may come from a pipe, while it is being downloaded: it is inflated, hashed on both sides
 * and applied in one pass, by two workers (archive.h). That its digest or its diff_id is a wrong one is
 * seen at its end: what it was applied to is to be thrown away after any failure. What it is applied
 * to is nobody's but the caller's until then. */
#pragma once

#include <stdint.h>

#include "layer/archive.h"
#include "layer/digest.h"

struct layer_spec {
	const char *media_type;       /* NULL: as the content shows */
	const struct digest *digest;  /* of the stream; NULL: not known */
	uint64_t size;                /* of the stream; UINT64_MAX: not known */
	const struct digest *diff_id; /* of the uncompressed tarball; NULL: not known */
	uint64_t max_content;         /* bytes of it that are allowed */
};

#define LAYER_SPEC_INIT { .size = UINT64_MAX, .max_content = UINT64_MAX }

/* Begin to apply what can be read from blob_fd to the directory root_fd; the end is archive_finish(). name is
 * what messages call the layer. Logs. */
int layer_start(int blob_fd, const struct layer_spec *spec, int root_fd, const char *name,
		struct archive_run *ret);
/* Apply it. Logs. -EINTR after an interrupt. */
int layer_apply(int blob_fd, const struct layer_spec *spec, int root_fd, const char *name);
