/* SPDX-License-Identifier: MIT */
/* treesize: what a tree takes on its disk. */
#pragma once

#include <stdint.h>

/* The bytes of all blocks of the files and directories below root_fd, itself included, in its mount;
 * a file with several names counts once. Silent. */
int tree_size(int root_fd, uint64_t *ret_bytes);
