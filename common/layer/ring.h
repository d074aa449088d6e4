/* SPDX-License-Identifier: MIT */
/* ring: bytes from one process to another, through memory that both have.
 *
 * A pipe copies everything twice, allocates and frees every page of it, and lets the one side be a
 * megabyte ahead of the other at most: too little where one has large files to inflate and then the other
 * small ones to make. Here the bytes are put where they are needed, and two pipes carry only how many
 * of them there are and that their room is free again. So either side's death is seen as with any
 * pipe.
 *
 * Whoever reads gets a copy: the other side could change what is in the memory while it is looked at. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/macro.h"

/* Bytes that are passed on at once, and how many of these one side may be ahead. */
#define RING_BLOCK (256 * 1024)
#define RING_BLOCKS 32

/* For who starts the two processes: each of them inherits the memory, and is given two descriptors. */
struct ring {
	char *memory;
	int filled[2], free[2]; /* pipes: read from [0] */
};

#define RING_INIT { NULL, { -1, -1 }, { -1, -1 } }
#define cleanup_ring __attribute__((cleanup(ring_done)))

/* Logs. */
int ring_new(struct ring *ret);
void ring_done(struct ring *r);

struct ring_end {
	char *memory;
	int filled_fd, free_fd;
	unsigned at;     /* the block that comes next */
	unsigned n_used; /* by what the reader has not read; the writer's */
};

/* For the writer: filled[1] and free[0]; for the reader: filled[0] and free[1]. Without a ring filled_fd is a
 * file or a pipe with the bytes themselves, which is to be read only, and *free_fd is not looked at. */
struct ring_end ring_end(const struct ring *r, int filled_fd, const int *free_fd);

/* Where to put the next bytes, RING_BLOCK of them or fewer. NULL with errno; EPIPE: nobody reads any more. */
void *ring_room(struct ring_end *e);
/* So many are there, at least one. -EPIPE. */
int ring_put(struct ring_end *e, size_t n);

/* The next bytes to block, which has room for RING_BLOCK. 0 at the end; -EBADMSG. */
ssize_t ring_get(struct ring_end *e, void *block);
