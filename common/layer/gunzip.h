/* SPDX-License-Identifier: MIT */
/* gunzip: bytes as they are, or the content of the gzip members (RFC 1952) or of the zstd frames
 * (RFC 8878) that they are.
 *
 * libarchive reads gzip too, but passes over the checksum and the length that end each member; here
 * they are compared. What follows the last member is not used, as gzip(1) does it; behind a zstd frame
 * it is an error, as with zstd(1). A zstd frame must do with a window of 128 MiB. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "layer/bytes.h"

struct gunzip;

/* Load the libraries. Logs. */
int gunzip_load(void);

/* in stays the caller's. */
struct gunzip *gunzip_new(struct bytes *in);
/* "gzip", "zstd", or NULL: as they are. */
const char *gunzip_kind(const struct gunzip *g);
/* Some of the next bytes: their number, 0 at the end, -1 on failure. */
ssize_t gunzip_read(struct gunzip *g, void *block, size_t size);
/* After a failure, what it was; static or g's. */
const char *gunzip_wrong(const struct gunzip *g);
/* After the end: there was something else behind the last member than zeros. */
bool gunzip_has_more(const struct gunzip *g);
void gunzip_free(struct gunzip *g);
