/* SPDX-License-Identifier: MIT */
/* layout_write: put images into a layout (layout.h).
 *
 * Blobs come first, each under its name when it is whole; then layout_put_image() makes them durable and puts
 * a new index.json in the place of the old one. So whatever is killed when, the index names nothing that is
 * not there. Several may write to one layout at the same time. What the layout has of others stays as it is.
 *
 * The directory may be anybody's: nothing is written through links. */
#pragma once

#include "oci/layout.h"

/* Open the layout, or make it of an empty directory, or of one that is not there yet. What killed processes
 * have left in it goes. Logs. */
int layout_make(const char *path);

/* Whether it has this blob, with the bytes that its digest names. Silent. */
bool layout_has(int dir_fd, const struct descriptor *d);
/* Put a blob in its place: all of from_fd, or the text, which have been verified. Silent. */
int layout_put_file(int dir_fd, const struct descriptor *d, int from_fd);
int layout_put_text(int dir_fd, const struct digest *digest, const struct strbuf *text);

struct layout_entry {
	const struct digest *digest; /* of the manifest, a blob that is there */
	const char *type_text;
	uint64_t size;
	const char *tag;       /* org.opencontainers.image.ref.name; NULL: none */
	const char *reference; /* io.containerd.image.name, its name in a registry; NULL: none */
	/* What has the tag now loses it also when it is known to be of another repository: else -EEXIST. */
	bool replaces;
};

/* index.json with the entry in the old text, which may be NULL; the caller frees. json_load() comes first.
 * Silent; sets *ret_message. */
int layout_index_add(const char *old, const struct layout_entry *entry, char **ret_text,
		     char **ret_message);
/* Whether index.json would take the entry as it is now: for whom fetching the blobs would be in vain else.
 * Silent; sets *ret_message. */
int layout_check_image(int dir_fd, const struct layout_entry *entry, char **ret_message);
/* Bring all onto the disk, and the entry into index.json. Silent; sets *ret_message. */
int layout_put_image(int dir_fd, const struct layout_entry *entry, char **ret_message);

#define LAYOUT_FILE "{\"imageLayoutVersion\":\"1.0.0\"}"
