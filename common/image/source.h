/* SPDX-License-Identifier: MIT */
/* source: what a root filesystem is imported from. */
#pragma once

#include "container/stage.h"
#include "disk/disk.h"
#include "image/pull.h"

enum source_kind {
	SOURCE_DIR,
	SOURCE_LAYOUT,   /* a directory that is an OCI layout */
	SOURCE_DISK,     /* a disk image in a file */
	SOURCE_REGISTRY, /* an image in a registry */
	SOURCE_TAR,      /* a file: compressed or not, of a tree or of an OCI layout */
	SOURCE_STREAM, /* what can be read only once, a pipe or a URL: one of the two above */
};

/* Where the tree of an image goes: a descriptor, which is closed for it. Called when all documents of the
 * image are there, and nothing of its layers is fetched or unpacked; the stage is empty. Logs; may be
 * EXIT_USAGE. */
typedef int (*source_place)(const struct image_config *config, struct stage *stage, void *data, int *ret_fd);

struct source {
	enum source_kind kind;
	int fd;
	struct disk disk; /* SOURCE_DISK */
	char *name; /* for messages and the meta: an absolute path where there is one, a whole reference, a URL
		     * without what may be secret in it */
	char *no_file; /* SOURCE_REGISTRY: what may have been meant as a file that is not there; or NULL */
	char *url;  /* all of it; NULL: it is none */
	char *image; /* which of those that are in it (local.h); NULL: the only one */
	/* To be set after source_open(). */
	enum pull_policy pull;           /* SOURCE_REGISTRY */
	const struct platform *platform; /* that is wanted of images */
	const char *image_option; /* "--platform", when that was given, which is of images only; NULL: none such */
	source_place place;       /* NULL: into the stage */
	void *place_data;
	const struct digest *digest; /* that the bytes must have, SHA-256; NULL: any; see source_has_digest() */
};

#define SOURCE_INIT      \
	{                \
		.fd = -1 \
	}
#define cleanup_source __attribute__((cleanup(source_done)))

/* Find out what text, an operand, means, and open it: "-" is standard input; http:// and https:// begin a
 * URL; else a path, or one and the name of an image in it; and where there is nothing, the name of an image
 * in a registry (reference.h), unless it looks like a file's. default_registry is for names without one.
 * Logs. */
int source_open(const char *text, const char *default_registry, struct source *ret);
/* Whether it is bytes, which can be compared with a digest. */
bool source_has_digest(const struct source *s);
/* EXIT_USAGE after a message if image_option is set and it is clear already that it is no image. */
int source_check_image(const struct source *s);
void source_done(struct source *s);

/* The name of a root filesystem that the last part of the path suggests, without the suffixes of
 * archives; not checked. "" when it suggests none. The caller frees. */
char *source_suggest_name(const char *text);

/* Put the tree into the stage, which is empty. Of a directory, the data directory stays empty. What is
 * known of an image goes to meta. Logs; -EINTR after an interrupt; EXIT_USAGE when an image was needed. */
int source_unpack(const struct source *s, struct stage *stage, struct kvfile *meta);
