/* SPDX-License-Identifier: MIT */
/* touched: what the layer that is being applied has put into a tree, so that its whiteouts spare it.
 *
 * A set of names in directories, each as a 64-bit hash with a random key: 16 bytes for each, whatever
 * its length. That two of a million names are taken for one another happens once in 30 million layers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The most that is remembered: 256 MiB. */
#define TOUCHED_MAX (16 * 1024 * 1024)

struct touched {
	uint64_t *slots;
	size_t n, size;
	uint64_t key[2];
};

#define TOUCHED_INIT { .n = 0 }

/* Add a name in a directory. Silent. 1 if it is new, 0 if it was there, -E2BIG if there are too many. */
int touched_add(struct touched *t, dev_t dev, ino_t dir, const char *name);
bool touched_has(const struct touched *t, dev_t dev, ino_t dir, const char *name);
void touched_done(struct touched *t);
