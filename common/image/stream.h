/* SPDX-License-Identifier: MIT */
/* stream: the layers of an image, unpacked while they are being fetched.
 *
 * Of each layer, what has come goes from the cache's file to the worker that inflates it, whatever else
 * is being fetched meanwhile. So a slow worker never stops the network, and the memory that this takes
 * is that of a pipe. A blob is used before it is verified; when it turns out to be a wrong one, what it
 * was applied to is emptied and the first layer begins again. */
#pragma once

#include "image/fetch.h"
#include "oci/unpack.h"

/* All layers into the directory root_fd, which is empty. name is what messages call the image. Logs;
 * -EINTR. */
int stream_layers(const struct image *image, const struct fetch *fetch, int root_fd,
		  const char *name);
