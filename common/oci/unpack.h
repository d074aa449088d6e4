/* SPDX-License-Identifier: MIT */
/* unpack: the layers of an image, one on top of the other, and what is remembered of the image. */
#pragma once

#include "base/kvfile.h"
#include "layer/archive.h"
#include "oci/image.h"

/* One layer at a time, for who has other things to do meanwhile. */
struct image_layer {
	struct archive_run run;
	char *name; /* for messages */
	uint64_t max_content; /* set before the start: bytes that it may unpack to */
};

#define IMAGE_LAYER_INIT { ARCHIVE_RUN_INIT, NULL, UINT64_MAX }
#define cleanup_image_layer __attribute__((cleanup(image_layer_done)))

/* Begin to apply the layer of that number (0 is the lowest) to the directory root_fd: blob_fd is a file,
 * or a pipe that is being filled. It is compared with its diff_id, and unless the caller verifies the
 * blob, with the size and the digest of its descriptor. name is what messages call the image. Logs. */
int image_layer_start(const struct image *image, size_t number, int blob_fd, bool is_verified,
		      int root_fd, const char *name, struct image_layer *ret);
/* Wait for its end. Why it failed is left in *ret_message, which the caller frees, but for -EINTR. */
int image_layer_finish(struct image_layer *l, char **ret_message);
void image_layer_done(struct image_layer *l);

/* Open the layer of that number for reading. Logs. */
typedef int (*layer_open)(const struct descriptor *d, size_t number, void *data);

/* Into the directory root_fd, which is empty. Each layer is compared with the size and the digest of its
 * descriptor and with its diff_id. name is what messages call the image. Logs; -EINTR. */
int image_unpack(const struct image *image, layer_open open, void *data, int root_fd,
		 const char *name);

/* MANIFEST, CONFIG: their digests; LAYERS: those of the layers, the lowest first, with blanks between. */
void image_describe(const struct image *image, struct kvfile *meta);
