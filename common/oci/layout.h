/* SPDX-License-Identifier: MIT */
/* layout: images in a directory, image-layout.md of the OCI image specification:
 *
 *	oci-layout              {"imageLayoutVersion": "1.0.0"}
 *	index.json              an index; the annotations of its entries are the images' names
 *	blobs/ALGORITHM/HEX     all else
 *
 * The directory may be anybody's: what is in it is resolved inside of it, must be regular files, and no
 * blob and no document is a link. All are silent and set *ret_message. */
#pragma once

#include "oci/unpack.h"

/* True if the directory has an oci-layout. */
bool layout_is_one(int dir_fd);
/* Whether it is of the version that we know; json_load() comes first. */
int layout_check_version(int dir_fd, char **ret_message);

/* The layers of an image of the layout, image_unpack(). name is what messages call it. Logs. */
int layout_unpack(int dir_fd, const struct image *image, int root_fd, const char *name);

/* The image of this name, or of this digest, which the index.json has, for the platform, verified but for its
 * layers (image_resolve()). NULL: the only one there is. -ENOENT; -ENOTUNIQ: the message lists the names. */
int layout_read_image(int dir_fd, const char *name, const struct platform *wanted,
		      struct image *ret, char **ret_message);

/* A descriptor for reading of a blob, a regular file of the size that the descriptor has; not verified. */
int layout_open_blob(int dir_fd, const struct descriptor *d, char **ret_message);
