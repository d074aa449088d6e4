/* SPDX-License-Identifier: MIT */
/* reference: how people name an image in a registry, by the grammar of
 * https://pkg.go.dev/github.com/distribution/reference, which docker and podman follow:
 *
 *	[REGISTRY/]REPOSITORY[:TAG][@DIGEST]
 *
 *	ubuntu                          docker.io, library/ubuntu, latest
 *	quay.io/fedora/fedora:41        quay.io, fedora/fedora, 41
 *	localhost:5000/x@sha256:...     localhost:5000, x, no tag
 *
 * What is in front of the first slash is a registry if it has a '.' or a ':' or is "localhost". All
 * strings of a reference that was parsed are of characters that are safe in paths and URLs. */
#pragma once

#include <stdbool.h>

#include "layer/digest.h"

/* The registry without a name, and the one with these two: index.docker.io is docker.io. */
#define REFERENCE_DOCKER_HUB "docker.io"

struct reference {
	char *registry;   /* HOST[:PORT] in lower case; an IPv6 address is in brackets */
	char *repository; /* at most 255 bytes */
	char *tag;        /* NULL only when has_digest */
	bool has_digest;  /* then digest is what counts, and the tag is for people */
	struct digest digest;
};

#define REFERENCE_INIT           \
	{                        \
		.registry = NULL \
	}

/* default_registry is for references without one, NULL: docker.io. Silent. -EINVAL: not a reference, or
 * default_registry is not what a reference could begin with; -ENOTSUP: a digest of an algorithm that we
 * do not know. ret is filled on success only. */
int reference_parse(const char *text, const char *default_registry, struct reference *ret);

/* What can be behind the ':' of a reference. */
bool reference_is_tag(const char *text);

/* The whole of it, for people; the caller frees. Parsed again, it is the same reference. */
char *reference_text(const struct reference *ref);

void reference_done(struct reference *ref);
#define cleanup_reference cleanup_(reference_done)
