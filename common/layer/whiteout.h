/* SPDX-License-Identifier: MIT */
/* whiteout: entries of a layer that hide what lower layers hold, layer.md of the OCI image
 * specification, section "Whiteouts".
 *
 * Only what lower layers put there is hidden: what this layer has put there (touched.h) stays, be it
 * before or after the whiteout, as in umoci and containerd. */
#pragma once

#include <stdbool.h>

#include "layer/touched.h"

enum whiteout {
	WHITEOUT_NONE,    /* an entry like others */
	WHITEOUT_NAME,    /* .wh.NAME: NAME beside it */
	WHITEOUT_OPAQUE,  /* .wh..wh..opq: all beside it */
	WHITEOUT_IGNORED, /* .wh..wh.plnk and others of AUFS, and what is below them */
	WHITEOUT_BAD,     /* .wh. and no name, or . or ..; something below a whiteout */
};

/* What an entry of this path is; the path has no empty and no "." components. For WHITEOUT_NAME,
 * *ret_name is inside path. */
enum whiteout whiteout_parse(const char *path, const char **ret_name);

/* Hide name, if that is not NULL, or all in the directory dir_fd. Silent; 0 when there is nothing. Any
 * depth. */
int whiteout_apply(int dir_fd, const char *name, const struct touched *t);

/* Names under which touched.h remembers about a directory itself: no file has such a name. */
#define TOUCHED_DIR ""       /* something of this layer is in it, or below, or it is itself */
#define TOUCHED_MADE "/made" /* this layer made it: nothing in it is of a lower one */
#define TOUCHED_TIME "/time" /* what time it is to have is known */
