/* SPDX-License-Identifier: MIT */
/* manifest: the configuration and the layers that make up an image for one platform, the section "OCI
 * Image Manifest Specification" of the OCI image specification (manifest.md), and Docker's of schema 2. */
#pragma once

#include "oci/descriptor.h"

struct manifest {
	struct descriptor config;
	struct descriptors layers; /* at least one, the lowest first */
};

/* An artifact that is not an image is refused. Silent; sets *ret_message. ret is filled on success only. */
int manifest_parse(const json_t *object, struct manifest *ret, char **ret_message);
void manifest_done(struct manifest *m);
#define cleanup_manifest cleanup_(manifest_done)
