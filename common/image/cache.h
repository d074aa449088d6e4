/* SPDX-License-Identifier: MIT */
/* cache: blobs of images as their registries have them, and what their tags meant.
 *
 *	blobs/ALGORITHM/HEX    a blob; its name is the digest of its bytes
 *	partial/ALGORITHM-HEX  one that is being fetched, locked meanwhile; whoever fetches it next
 *	                       goes on where the last one was cut off
 *	tags/HEX               what a reference meant; HEX is the SHA-256 of its text
 *
 * Shared by whoever imports at the same time. Nothing is synced: after a power cut a blob may hold
 * other bytes than its name says, so whoever reads one verifies it, and drops one that is wrong. The
 * time of the last use is kept as the time of modification, and the least recently used go first. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "container/store.h"
#include "layer/digest.h"

struct cache {
	char *path; /* for people */
	int blobs_fd, partial_fd, tags_fd; /* -1 where there is nothing */
	uint64_t max; /* bytes; 0: nothing is kept */
};

#define CACHE_INIT                                              \
	{                                                       \
		.blobs_fd = -1, .partial_fd = -1, .tags_fd = -1 \
	}
#define cleanup_cache __attribute__((cleanup(cache_close)))

/* oci_cache_dir of the configuration, else cache/oci in the data directory. With STORE_WRITE it is made if it
 * is not there, with STORE_READ it is empty then. Logs. */
int cache_open(const struct store *s, enum store_mode mode, struct cache *ret);
void cache_close(struct cache *c);

/* --- blobs -------------------------------------------------------------------------------- */

/* A descriptor for reading, or -ENOENT; also when its size is not this one (UINT64_MAX: any will do).
 * Marks it used. Silent. */
int cache_read(const struct cache *c, const struct digest *d, uint64_t size);
/* It was found to be wrong. */
void cache_drop(const struct cache *c, const struct digest *d);

/* A blob that is being fetched. */
struct cache_fetch {
	const struct cache *cache;
	char *name;      /* in partial/ */
	int fd;          /* for reading and writing; locked */
	uint64_t offset; /* bytes that are there already, not verified; written from here on */
	struct digest digest;
};

#define CACHE_FETCH_INIT \
	{                \
		.fd = -1 \
	}
#define cleanup_cache_fetch __attribute__((cleanup(cache_fetch_done)))

/* Begin to fetch a blob, or go on with it. -EBUSY while somebody else fetches it: who waits for that holds no
 * other that the other could wait for, or goes on with those. -EEXIST when it is whole by now. Silent. */
int cache_fetch_begin(const struct cache *c, const struct digest *d, struct cache_fetch *ret);
/* It is whole, and its bytes were verified: put it where cache_read() finds it. f->fd goes on being
 * readable until cache_fetch_done(). Silent. */
int cache_fetch_commit(struct cache_fetch *f);
/* Its bytes are wrong: begin again at 0. Silent. */
int cache_fetch_restart(struct cache_fetch *f);
/* Let go. Without a commit, what is there stays for the next one to go on with. */
void cache_fetch_done(struct cache_fetch *f);

/* --- tags --------------------------------------------------------------------------------- */

/* What the registry last said that a reference means: the digest of a manifest or an index. */
struct cache_tag {
	struct digest digest;
	char *media_type;
	uint64_t fetched; /* seconds since the Epoch */
};

void cache_tag_done(struct cache_tag *t);
#define cleanup_cache_tag __attribute__((cleanup(cache_tag_done)))

/* -ENOENT when it is not known. Silent. */
int cache_tag_read(const struct cache *c, const char *reference, struct cache_tag *ret);
int cache_tag_write(const struct cache *c, const char *reference, const struct cache_tag *t);

/* --- all of it ---------------------------------------------------------------------------- */

struct cache_entry {
	char *name;    /* "sha256:HEX" */
	uint64_t size; /* bytes */
	uint64_t used; /* seconds since the Epoch */
	bool partial;
};

struct cache_list {
	struct cache_entry *entries; /* the least recently used first */
	size_t n;
	uint64_t size; /* of all */
};

void cache_list_done(struct cache_list *l);
#define cleanup_cache_list __attribute__((cleanup(cache_list_done)))

int cache_list(const struct cache *c, struct cache_list *ret);
/* Remove the least recently used until at most max bytes are left; what is being fetched stays. With 0
 * the tags go too. *ret_freed in bytes, also on failure. Silent. */
int cache_trim(const struct cache *c, uint64_t max, uint64_t *ret_freed);
