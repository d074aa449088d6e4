/* SPDX-License-Identifier: MIT */
/* image: the documents of an image for one platform, each verified by what names it.
 *
 *	descriptor -> index -> ... -> manifest -> configuration
 *
 * Where they come from, a registry or a layout, is the caller's. */
#pragma once

#include "base/strbuf.h"
#include "oci/document.h"
#include "oci/image_config.h"

struct image {
	struct digest digest;     /* of the manifest */
	char *type_text;          /* what the manifest calls itself, or OCI's type */
	struct manifest manifest; /* whose layers are as many as the diff_ids of */
	struct image_config config;
	/* The bytes themselves. top is what was asked for: the manifest, or an index that leads to it. */
	struct digest top;
	struct strbuf top_text, manifest_text, config_text;
	/* Its name in the layout that it is from, and in the registry where that had it from; or NULL. */
	char *tag, *reference;
};

#define IMAGE_INIT                          \
	{                                   \
		.config = IMAGE_CONFIG_INIT \
	}

/* Add what the descriptor names, at most its size, to ret. Silent; sets *ret_message. */
typedef int (*image_fetch)(const struct descriptor *d, struct strbuf *ret, void *data,
			   char **ret_message);

/* Follow the descriptor of a manifest or an index to the image for the platform. Whatever fetch brings is
 * compared with size and digest of its descriptor. hasher_load() and json_load() come first. Silent; sets
 * *ret_message, which names the document by its digest. ret is filled on success only. */
int image_resolve(const struct descriptor *top, const struct platform *wanted, image_fetch fetch,
		  void *data, struct image *ret, char **ret_message);

void image_done(struct image *image);
#define cleanup_image cleanup_(image_done)
