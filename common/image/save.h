/* SPDX-License-Identifier: MIT */
/* save: an image, wherever it is, into an OCI layout or an archive of one. */
#pragma once

#include "image/find.h"

struct save_request {
	const char *
		output; /* the directory of a layout; what ends in ".tar", an archive; "-": one, on standard output */
	const char *tag; /* its name there; NULL: its own */
};

/* Bytes stay as they are, and all of them are verified; what a layout has already is not fetched. found is of
 * find_image(), with its layers. Logs; -EINTR. */
int save_image(struct found *found, const struct save_request *request);
