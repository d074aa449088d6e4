/* SPDX-License-Identifier: MIT */
#include "oci/unpack.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "layer/layer.h"

static int apply(const struct image *image, size_t i, int blob_fd, int root_fd, const char *name)
{
	const struct descriptor *d = &image->manifest.layers.v[i];
	const struct layer_spec spec = {
		.media_type = d->type_text,
		.digest = &d->digest,
		.size = d->size,
		.diff_id = &image->config.diff_ids[i],
		.max_content = UINT64_MAX,
	};
	char digest[DIGEST_TEXT_SIZE];
	cleanup_free char *layer = NULL;

	digest_text(&d->digest, digest);
	layer = xasprintf("%s: layer %zu, %s", name, i + 1, digest);
	log_debug("applying layer %zu of %zu, %s", i + 1, image->manifest.layers.n, digest);
	return layer_apply(blob_fd, &spec, root_fd, layer);
}

int image_unpack(const struct image *image, layer_open open, void *data, int root_fd,
		 const char *name)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < image->manifest.layers.n; i++) {
		cleanup_close int fd =
			interrupted() ? -EINTR : open(&image->manifest.layers.v[i], i, data);

		r = fd < 0 ? fd : apply(image, i, fd, root_fd, name);
	}
	return r;
}

static void set_digest(struct kvfile *meta, const char *key, const struct digest *d)
{
	char text[DIGEST_TEXT_SIZE];

	digest_text(d, text);
	kvfile_set(meta, key, text);
}

void image_describe(const struct image *image, struct kvfile *meta)
{
	cleanup_strbuf struct strbuf layers = STRBUF_INIT;

	set_digest(meta, "MANIFEST", &image->digest);
	set_digest(meta, "CONFIG", &image->manifest.config.digest);
	for (size_t i = 0; i < image->manifest.layers.n; i++) {
		char text[DIGEST_TEXT_SIZE];

		digest_text(&image->manifest.layers.v[i].digest, text);
		strbuf_addf(&layers, "%s%s", i ? " " : "", text);
	}
	kvfile_set(meta, "LAYERS", strbuf_str(&layers));
}
