/* SPDX-License-Identifier: MIT */
/* gunzip: a file as it is, or the content of the gzip members in it (RFC 1952).
 *
 * libarchive reads gzip too, but passes over the checksum and the length that end each member; here
 * they are compared. What follows the last member is not used, as gzip(1) does it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct gunzip;

/* Load the library. Logs. */
int gunzip_load(void);

/* fd stays the caller's. */
struct gunzip *gunzip_new(int fd);
/* The next bytes, valid until the next call: their number, 0 at the end, -1 on failure. */
ssize_t gunzip_read(struct gunzip *g, const void **ret_block);
/* After a failure, what it was; static or g's. */
const char *gunzip_wrong(const struct gunzip *g);
/* After the end: there was something else behind the last member than zeros. */
bool gunzip_has_more(const struct gunzip *g);
void gunzip_free(struct gunzip *g);
