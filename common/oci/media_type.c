/* SPDX-License-Identifier: MIT */
#include "oci/media_type.h"

#include <string.h>
#include <strings.h>

#include "base/macro.h"

#define OCI "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

/* clang-format off */
static const struct {
	const char *text;
	struct media_type type;
} types[] = {
	{ OCI "index.v1+json", { MEDIA_INDEX } },
	{ OCI "manifest.v1+json", { MEDIA_MANIFEST } },
	{ OCI "config.v1+json", { MEDIA_CONFIG } },
	{ OCI "layer.v1.tar", { MEDIA_LAYER, PACKING_NONE } },
	{ OCI "layer.v1.tar+gzip", { MEDIA_LAYER, PACKING_GZIP } },
	{ OCI "layer.v1.tar+zstd", { MEDIA_LAYER, PACKING_ZSTD } },
	{ OCI "layer.nondistributable.v1.tar", { MEDIA_LAYER, PACKING_NONE, true } },
	{ OCI "layer.nondistributable.v1.tar+gzip", { MEDIA_LAYER, PACKING_GZIP, true } },
	{ OCI "layer.nondistributable.v1.tar+zstd", { MEDIA_LAYER, PACKING_ZSTD, true } },
	{ DOCKER "distribution.manifest.list.v2+json", { MEDIA_INDEX } },
	{ DOCKER "distribution.manifest.v2+json", { MEDIA_MANIFEST } },
	{ DOCKER "distribution.manifest.v1+json", { MEDIA_SCHEMA_1 } },
	{ DOCKER "distribution.manifest.v1+prettyjws", { MEDIA_SCHEMA_1 } },
	{ DOCKER "container.image.v1+json", { MEDIA_CONFIG } },
	{ DOCKER "image.rootfs.diff.tar", { MEDIA_LAYER, PACKING_NONE } },
	{ DOCKER "image.rootfs.diff.tar.gzip", { MEDIA_LAYER, PACKING_GZIP } },
	{ DOCKER "image.rootfs.diff.tar.zstd", { MEDIA_LAYER, PACKING_ZSTD } },
	{ DOCKER "image.rootfs.foreign.diff.tar", { MEDIA_LAYER, PACKING_NONE, true } },
	{ DOCKER "image.rootfs.foreign.diff.tar.gzip", { MEDIA_LAYER, PACKING_GZIP, true } },
};
/* clang-format on */

struct media_type media_type_parse(const char *text)
{
	size_t len = text ? strcspn(text, "; \t") : 0;

	for (size_t i = 0; len > 0 && i < ARRAY_SIZE(types); i++) {
		if (strlen(types[i].text) == len && strncasecmp(types[i].text, text, len) == 0)
			return types[i].type;
	}
	return (struct media_type){ MEDIA_UNKNOWN };
}

const char *media_kind_text(enum media_kind kind)
{
	static const char *const texts[] = {
		[MEDIA_UNKNOWN] = "something unknown",
		[MEDIA_INDEX] = "an image index",
		[MEDIA_MANIFEST] = "an image manifest",
		[MEDIA_SCHEMA_1] = "a Docker manifest of schema 1",
		[MEDIA_CONFIG] = "an image configuration",
		[MEDIA_LAYER] = "a layer",
	};

	return texts[kind];
}
