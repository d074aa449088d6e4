/* SPDX-License-Identifier: MIT */
/* archive_write: a layout of one image as a tarball: oci-layout, index.json, and the blobs, which have been
 * verified. The same image becomes the same bytes. Logs; what was written before a failure is no tarball. */
#pragma once

#include <stdint.h>

#include "layer/digest.h"

struct archive_writer;

/* name is what messages call it. Never NULL on success. */
int archive_writer_new(int fd, const char *name, struct archive_writer **ret);
int archive_writer_add_text(struct archive_writer *w, const char *path, const void *data,
			    size_t len);
/* At blobs/ALGORITHM/HEX; size bytes of the file from its start, or the text. */
int archive_writer_add_blob(struct archive_writer *w, const struct digest *digest, int fd,
			    uint64_t size);
int archive_writer_add_blob_text(struct archive_writer *w, const struct digest *digest,
				 const void *data, size_t len);
/* Write its end. */
int archive_writer_finish(struct archive_writer *w);
void archive_writer_free(struct archive_writer *w);
DEFINE_CLEANUP(struct archive_writer *, archive_writer_free)
#define cleanup_archive_writer cleanup_(archive_writer_free_p)
