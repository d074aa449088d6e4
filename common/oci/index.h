/* SPDX-License-Identifier: MIT */
/* index: the manifests of one image for several platforms, the section "OCI Image Index Specification"
 * of the OCI image specification (image-index.md), and Docker's manifest list. Also the index.json of an
 * OCI layout, where entries have names in place of platforms. */
#pragma once

#include "oci/descriptor.h"

struct index {
	struct descriptors manifests; /* or further indexes, or what is not known */
};

/* Silent; sets *ret_message. ret is filled on success only. */
int index_parse(const json_t *object, struct index *ret, char **ret_message);

/* The entry that fits the platform best; of equals, the first. One that states no platform stands for
 * itself, or for an index that does: it is taken when no other fits, and no second image states none.
 * Entries that are no images are passed over. *ret is the index's own. Silent; sets *ret_message: -ENOENT
 * when none fits, -ENOTUNIQ when several state no platform and none fits. */
int index_choose(const struct index *index, const struct platform *wanted,
		 const struct descriptor **ret, char **ret_message);

void index_done(struct index *index);
#define cleanup_index cleanup_(index_done)
