/* SPDX-License-Identifier: MIT */
/* fetch: blobs of a repository, by way of the cache, several at a time.
 *
 *	fetcher = fetcher_new(&fetch, items, n);
 *	while ((r = fetcher_poll(fetcher, NULL, 0, 0)) == 0)
 *		look at the items;
 *
 * What is coming can be read while it comes: first all that an item's n says, and so on. That it is what it
 * should be is known when its state is FETCH_VERIFIED, not before. */
#pragma once

#include <poll.h>

#include "image/cache.h"
#include "registry/registry.h"

#define FETCH_PARALLEL 4

enum fetch_state {
	FETCH_WAITS, /* for others, of us or of another process */
	FETCH_COMES,
	FETCH_VERIFIED, /* whole */
	FETCH_CACHED,   /* whole, but whoever reads it verifies it */
};

struct fetch_item {
	const struct digest *digest;
	uint64_t size;
	const char *what; /* "layer 2 of 5"; for people */

	/* Begin with zeros here. */
	enum fetch_state state;
	int fd;         /* but in FETCH_WAITS: for reading, with an offset of its own; the caller's to close */
	uint64_t n;     /* bytes that are there; of one that is cached, all */
	bool is_voided; /* set when what was there by then was found to be wrong: n began again at 0 */
};

struct fetch {
	const struct cache *cache;
	struct http *http; /* NULL: only what the cache has */
	struct registry *registry;
	const char *repository;
	uint64_t max_size; /* bytes; what is larger is refused; 0: no limit */
	/* Called as soon as there is more of an item: fetcher_poll() may go on for megabytes of all of them before
	 * it returns. NULL: nobody waits for it. */
	void (*came)(void *data, const struct fetch_item *item);
	void *data;
};

struct fetcher;

/* The items stay the caller's, and must stay. The same digest may come twice. fetch is copied. */
struct fetcher *fetcher_new(const struct fetch *fetch, struct fetch_item *items, size_t n);
/* Go on until something happens, to the items or, as poll(2) has it, to the caller's descriptors, or until
 * the deadline (0: none): 1 when all items are whole, else 0. Logs; -EINTR; -ENOENT without a registry when
 * one is not in the cache. */
int fetcher_poll(struct fetcher *f, struct pollfd *fds, nfds_t n, usec_t deadline);
/* Whoever read the item found it wrong: true if it was damaged in the cache, which has dropped it now, and
 * the item waits again. */
bool fetcher_drop_damaged(struct fetcher *f, struct fetch_item *item);
/* Forget what has come of those that are not whole; else it is left for the next time, unless it was wrong or
 * the disk was full. fetcher_free() is all that may follow. */
void fetcher_discard(struct fetcher *f);
void fetcher_free(struct fetcher *f);
DEFINE_CLEANUP(struct fetcher *, fetcher_free)
#define cleanup_fetcher cleanup_(fetcher_free_p)

/* Those that are coming, on the terminal (progress.h), between progress_begin() and progress_end(). */
void fetch_draw(const struct fetch_item *items, size_t n);
bool fetch_is_whole(const struct fetch_item *item);
void fetch_item_done(struct fetch_item *item);

/* All of them, to their ends. Logs as fetcher_poll(). */
int fetch_blobs(const struct fetch *f, struct fetch_item *items, size_t n);
