/* SPDX-License-Identifier: MIT */
/* find: the image that an operand names, wherever it is: here (local.h), or in a registry (pull.h). */
#pragma once

#include "base/scratch.h"
#include "image/options.h"
#include "image/pull.h"
#include "oci/local.h"

struct find_request {
	const char *text;         /* the operand: PATH, PATH:NAME, or a reference */
	const char *tag, *digest; /* besides PATH, as options say it; NULL: they do not */
	const struct platform *platform;
	struct pull_option *pull; /* find_image() calls option_pull_check() */
	const char *config;  /* as store_open() takes it: for the cache, with a reference */
	bool documents_only; /* of an archive, no layers are wanted */
};

struct found {
	char *text; /* of it, for people: a path and a name, or a whole reference */
	bool is_local;
	/* One of the two. */
	struct local local;
	struct pull pull;

	struct store store;
	struct scratch aside; /* where an archive was unpacked to */
};

#define FOUND_INIT                                                                                 \
	{                                                                                          \
		.local = LOCAL_INIT, .pull = PULL_INIT, .store = STORE_INIT, .aside = SCRATCH_INIT \
	}
#define cleanup_found __attribute__((cleanup(found_done)))

/* Logs. EXIT_USAGE when more than one image is named; -EINTR. */
int find_image(const struct find_request *request, struct found *ret);
/* NULL if it is in a docker archive, which has no manifests: found->local.docker. */
const struct image *found_image(const struct found *found);
void found_done(struct found *found);
