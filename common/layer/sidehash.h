/* SPDX-License-Identifier: MIT */
/* sidehash: the digest of bytes, made by a thread beside the one that makes the bytes. */
#pragma once

#include "layer/digest.h"
#include "layer/ring.h"

/* How far it may be behind: what is given to it must stay as it is until so many others have been given. A
 * block of a ring does. */
#define SIDEHASH_BEHIND (RING_BLOCKS / 2)

struct sidehash;

/* After hasher_load(). */
struct sidehash *sidehash_new(enum digest_algorithm algorithm);
void sidehash_add(struct sidehash *s, const void *data, size_t len);
/* Once, after the last byte; waits for the thread. */
void sidehash_finish(struct sidehash *s, struct digest *ret);
void sidehash_free(struct sidehash *s);

DEFINE_CLEANUP(struct sidehash *, sidehash_free)
