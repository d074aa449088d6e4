/* SPDX-License-Identifier: MIT */
/* strict: a second look at a tar stream, for what readers of tarballs do not agree on.
 *
 * Where headers contradict one another or are damaged a little, libarchive and GNU tar see different files
 * in one tarball, and so whoever looked at it before us may have seen other files than we unpack. What is
 * known to be read in two ways is refused:
 *
 *   - numbers that are not wholly octal or base 256, or in pax headers not wholly decimal
 *   - a size in a pax header where there is no content: of links, directories, devices, FIFOs
 *   - names in pax headers that are empty, or have a NUL in them
 *   - two pax headers for one entry, or one that contradicts a long name of GNU tar
 *   - global pax headers that would change the entries behind them
 *   - maps of holes that do not fit what they are the maps of (holes.h)
 *
 * Formats: POSIX.1-2017, pax, "EXTENDED DESCRIPTION"; tar(5) of libarchive; the GNU tar manual, "Basic Tar
 * Format" and "Storing Sparse Files". */
#pragma once

#include <stddef.h>

struct strict;

struct strict *strict_new(void);
/* The next bytes. */
void strict_add(struct strict *s, const void *data, size_t n);
/* NULL, or what is wrong with which entry: of the bytes so far. s's. */
const char *strict_wrong(const struct strict *s);
void strict_free(struct strict *s);
