/* SPDX-License-Identifier: MIT */
/* inodemap: something to know about each of many files, by device and inode number. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct inodemap_slot;

struct inodemap {
	struct inodemap_slot *slots;
	size_t n, size;
};

#define INODEMAP_INIT { .n = 0 }
#define cleanup_inodemap __attribute__((cleanup(inodemap_done)))

/* Where the value of this file is; it is NULL when the file is new. Valid until the next call. The
 * value is freed with the map, by free(). */
void **inodemap_get(struct inodemap *map, dev_t dev, ino_t ino);
void inodemap_done(struct inodemap *map);
