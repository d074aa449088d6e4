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

#include "image/unpack.h"

/* True if the directory has an oci-layout. */
bool layout_is_one(int dir_fd);

/* Read index.json, after oci-layout. json_load() comes first. */
int layout_read_index(int dir_fd, struct index *ret, char **ret_message);

/* The entry for the platform among those of this name (a tag, or a whole reference). name may be NULL if all
 * are of one image. *ret is the index's own. -ENOENT and -ENOTUNIQ as index_choose(). */
int layout_choose(const struct index *index, const char *name, const struct platform *wanted,
		  const struct descriptor **ret, char **ret_message);

/* A descriptor for reading of a blob of the size that is said. Its bytes are not verified. */
int layout_open_blob(int dir_fd, const struct descriptor *d, char **ret_message);

/* The layers of an image of the layout, image_unpack(). name is what messages call it. Logs. */
int layout_unpack(int dir_fd, const struct image *image, int root_fd, const char *name);

/* The image of this name for the platform, verified but for its layers (image_resolve()). */
int layout_read_image(int dir_fd, const char *name, const struct platform *wanted,
		      struct image *ret, char **ret_message);
