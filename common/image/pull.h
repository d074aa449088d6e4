/* SPDX-License-Identifier: MIT */
/* pull: an image of a registry, by way of the cache. */
#pragma once

#include "image/cache.h"
#include "image/fetch.h"
#include "oci/reference.h"
#include "oci/unpack.h"

/* When the registry is asked, as podman-pull(1) has it. What was fetched before is never fetched again: what
 * a digest names does not change. */
enum pull_policy {
	/* Ask what a tag means now; when the registry cannot be reached or is out of order, do with what it meant;
	 * when it says that there is no such image, or none for us, fail. */
	PULL_NEWER,
	PULL_ALWAYS,  /* ask, or fail */
	PULL_MISSING, /* only for what the cache does not have */
	PULL_NEVER,
};
#define PULL_POLICIES "newer always missing never"

/* -EINVAL for no such word. Silent. */
int pull_policy_parse(const char *text, enum pull_policy *ret);

struct pull {
	struct cache cache;
	struct http *http; /* NULL with PULL_NEVER */
	struct registry *registry;
	struct reference reference;
	char *text; /* of it, for people */
	enum pull_policy policy;
	uint64_t max_size; /* of a blob; 0: no limit */
	struct image image;
	bool is_told; /* why it failed has been logged already */
};

#define PULL_INIT                                                                     \
	{                                                                             \
		.cache = CACHE_INIT, .reference = REFERENCE_INIT, .image = IMAGE_INIT \
	}
#define cleanup_pull __attribute__((cleanup(pull_done)))

/* Find the image that text names, for the platform: p->image, verified but for its layers. Logs; -EINTR. */
int pull_image(const struct store *s, const char *text, enum pull_policy policy,
	       const struct platform *wanted, struct pull *ret);
/* Its repository. */
struct fetch pull_fetch(const struct pull *p);
/* Fetch its layers, unpack them into the directory, and let the cache keep its limit. Logs; -EINTR. */
int pull_unpack(struct pull *p, int root_fd);
void pull_done(struct pull *p);
