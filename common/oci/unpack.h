/* SPDX-License-Identifier: MIT */
/* unpack: the layers of an image, one on top of the other, and what is remembered of the image. */
#pragma once

#include "base/kvfile.h"
#include "oci/image.h"

/* Open the layer of that number (0 is the lowest) for reading: a file, or a pipe that is being filled.
 * Logs. */
typedef int (*layer_open)(const struct descriptor *d, size_t number, void *data);

/* Into the directory root_fd, which is empty. Each layer is compared with the size and the digest of its
 * descriptor and with its diff_id. name is what messages call the image. Logs; -EINTR. */
int image_unpack(const struct image *image, layer_open open, void *data, int root_fd,
		 const char *name);

/* MANIFEST, CONFIG: their digests; LAYERS: those of the layers, the lowest first, with blanks between. */
void image_describe(const struct image *image, struct kvfile *meta);
