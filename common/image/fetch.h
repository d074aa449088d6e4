/* SPDX-License-Identifier: MIT */
/* fetch: blobs of a repository, by way of the cache, several at a time. */
#pragma once

#include "image/cache.h"
#include "registry/registry.h"

#define FETCH_PARALLEL 4

struct fetch_item {
	const struct digest *digest;
	uint64_t size;
	const char *what; /* "layer 2 of 5"; for people */
	int fd; /* -1; then the blob, for reading from its start, verified unless it was cached */
};

struct fetch {
	const struct cache *cache;
	struct http *http; /* NULL: only what the cache has */
	struct registry *registry;
	const char *repository;
};

/* All of them; each gets a descriptor of its own, which is the caller's also on failure. The same digest may
 * come twice. Logs; -EINTR; -ENOENT without a registry when one is not in the cache. */
int fetch_blobs(const struct fetch *f, struct fetch_item *items, size_t n);
