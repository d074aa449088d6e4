/* SPDX-License-Identifier: MIT */
/* media_type: what the documents and layers of images are, as the OCI image specification
 * (media-types.md) and Docker's schema 2 (the distribution project's manifest-v2-2.md) call it. */
#pragma once

#include <stdbool.h>

enum media_kind {
	MEDIA_UNKNOWN,
	MEDIA_INDEX, /* image index, manifest list */
	MEDIA_MANIFEST,
	MEDIA_SCHEMA_1, /* Docker's older manifests, that nothing binds to a digest */
	MEDIA_CONFIG,
	MEDIA_LAYER,
};

enum media_packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct media_type {
	enum media_kind kind;
	enum media_packing packing; /* of a layer */
	bool is_foreign; /* a layer that may not be distributed, and is likely not in the registry */
};

/* text as in a document or in a Content-Type header: case and parameters do not matter. NULL is of
 * MEDIA_UNKNOWN. */
struct media_type media_type_parse(const char *text);

/* "an image index"; for messages. */
const char *media_kind_text(enum media_kind kind);

#define MEDIA_TYPE_INDEX "application/vnd.oci.image.index.v1+json"
/* Also what a manifest is that does not say it. */
#define MEDIA_TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"

/* What an Accept header has for manifests and indexes. */
#define MEDIA_ACCEPT                                                  \
	"application/vnd.oci.image.index.v1+json, "                   \
	"application/vnd.oci.image.manifest.v1+json, "                \
	"application/vnd.docker.distribution.manifest.list.v2+json, " \
	"application/vnd.docker.distribution.manifest.v2+json"
