/* SPDX-License-Identifier: MIT */
/* bytes: what is read from a descriptor, counted and, if somebody asks for the digest, hashed. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "layer/digest.h"

struct bytes {
	int fd;
	struct hasher *hasher; /* NULL: nobody asks */
	uint64_t max;          /* to be read; what is behind them is an error */
	uint64_t n;            /* read so far */
	const char *wrong;     /* after a failure: what it was; static */
};

#define BYTES_INIT(descriptor) { .fd = (descriptor), .max = UINT64_MAX }

/* Some of the next bytes: their number, 0 at the end, -1 on failure. */
ssize_t bytes_read(struct bytes *b, void *buffer, size_t size);
