/* SPDX-License-Identifier: MIT */
/* inspect: what an image says of itself, as JSON. */
#pragma once

#include "base/json.h"
#include "image/find.h"

/* An object with the members reference, digest, mediaType, platform, index, manifest, config, layers; null
 * stands for what there is not. A layer has mediaType, digest, size and diff_id. The caller gives it to
 * json_unref(). Logs. */
int inspect_json(const struct found *found, json_t **ret);
