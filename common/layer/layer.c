/* SPDX-License-Identifier: MIT */
#include "layer/layer.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/macro.h"
#include "layer/untar.h"

/* OCI's and Docker's media types by their ends: ".tar+gzip", ".tar.gzip", ".tar". */
static const char *kind_of(const char *media_type)
{
	static const struct {
		const char *end, *kind;
	} ends[] = {
		{ ".tar+gzip", "gzip" }, { ".tar.gzip", "gzip" }, { ".tar+zstd", "zstd" },
		{ ".tar.zstd", "zstd" }, { ".tar", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (has_suffix(media_type, ends[i].end))
			return ends[i].kind;
	}
	return NULL;
}

int layer_start(int blob_fd, const struct layer_spec *spec, int root_fd, const char *name,
		struct archive_run *ret)
{
	struct decompress_spec in = { .digest = spec->digest,
				      .size = spec->size,
				      .max_content = spec->max_content,
				      .diff_id = spec->diff_id,
				      .once = true };
	int r;

	if (spec->media_type) {
		in.kind = kind_of(spec->media_type);
		if (!in.kind)
			return log_error_code(
				-ENOTSUP, "cannot unpack '%s': layers of the media type '%s' are not known",
				name, spec->media_type);
	}
	r = decompress_load();
	if (r >= 0)
		r = hasher_load();
	return r < 0 ? r : archive_start(blob_fd, &in, root_fd, untar_layer, ret);
}

int layer_apply(int blob_fd, const struct layer_spec *spec, int root_fd, const char *name)
{
	cleanup_archive_run struct archive_run run = ARCHIVE_RUN_INIT;
	cleanup_free char *message = NULL;
	int r = layer_start(blob_fd, spec, root_fd, name, &run);

	if (r >= 0)
		r = archive_finish(&run, name, &message);
	return message ? log_error_code(r, "cannot unpack '%s': %s", name, message) : r;
}
