/* SPDX-License-Identifier: MIT */
#include "oci/unpack.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "layer/layer.h"

int image_layer_start(const struct image *image, size_t number, int blob_fd, bool is_verified,
		      int root_fd, const char *name, struct image_layer *ret)
{
	const struct descriptor *d = &image->manifest.layers.v[number];
	const struct layer_spec spec = {
		.media_type = d->type_text,
		.digest = is_verified ? NULL : &d->digest,
		.size = is_verified ? UINT64_MAX : d->size,
		.diff_id = &image->config.diff_ids[number],
		.max_content = ret->max_content,
	};
	char digest[DIGEST_TEXT_SIZE];

	digest_text(&d->digest, digest);
	log_debug("applying layer %zu of %zu, %s", number + 1, image->manifest.layers.n, digest);
	ret->name = xasprintf("%s: layer %zu, %s", name, number + 1, digest);
	return layer_start(blob_fd, &spec, root_fd, ret->name, &ret->run);
}

int image_layer_finish(struct image_layer *l, char **ret_message)
{
	cleanup_free char *why = NULL;
	int r = archive_finish(&l->run, l->name, &why);

	if (why)
		*ret_message = xasprintf("cannot unpack '%s': %s", l->name, why);
	return r;
}

void image_layer_done(struct image_layer *l)
{
	archive_run_done(&l->run);
	free(l->name);
	l->name = NULL;
}

static int apply(const struct image *image, size_t number, int blob_fd, int root_fd,
		 const char *name)
{
	cleanup_image_layer struct image_layer layer = IMAGE_LAYER_INIT;
	cleanup_free char *message = NULL;
	int r = image_layer_start(image, number, blob_fd, false, root_fd, name, &layer);

	if (r >= 0)
		r = image_layer_finish(&layer, &message);
	return message ? log_error_code(r, "%s", message) : r;
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
