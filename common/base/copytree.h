/* SPDX-License-Identifier: MIT */
/* copytree: a tree of files in another place, true in everything that a file has.
 *
 * Directories, files, links, devices, FIFOs and sockets; owners, modes, times of modification to the
 * nanosecond, extended attributes that are kept (inode.h), hard links among the files of the tree, holes.
 * The source may be hostile and changing (treewalk.h); what vanishes meanwhile is left out. So is a
 * character device 0:0, overlayfs's mark of a file that was deleted.
 *
 * A layer of an overlay, which will not be changed, can be had again at the cost of its directories: then
 * files are links to those of the source, on one file system, and the marks of overlayfs are kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/treewalk.h"

struct copytree {
	int from_fd; /* O_PATH will do */
	int to_fd;   /* an empty directory that nobody else writes to; it gets from_fd's metadata too, and
		      * where it is below from_fd, it is empty in the copy */
	enum treewalk_flags flags;
	/* Another directory that is to be empty in the copy, wherever it turns up. -1: none. */
	int except_fd;
	bool is_layer; /* as the last paragraph above says */
};

/* Silent. On failure *ret_path, which the caller frees, is the path of the file below the root. */
int copytree(const struct copytree *c, char **ret_path);
