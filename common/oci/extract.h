/* SPDX-License-Identifier: MIT */
/* extract: an image that is here becomes a directory.
 *
 * It is made beside its place (base/scratch.h), brought onto the disk, and renamed: whatever is killed
 * when, the directory is whole or not there. */
#pragma once

#include "oci/local.h"

/* dir is a directory that is not there yet, or an empty one, whose place the image's takes. The request's
 * aside_fd and documents_only do not matter. Logs; -EINTR. */
int extract_image(const struct local_request *request, const char *dir);
