/* SPDX-License-Identifier: MIT */
#include "oci/archive_write.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "lazy/libarchive.h"

#define BLOCK_SIZE (256 * 1024)

struct archive_writer {
	struct archive *archive;
	char *name;
	bool finished;
};

static int failed(const struct archive_writer *w)
{
	int error = archive_errno(w->archive);

	if (interrupted())
		return -EINTR;
	return log_error_errno(error > 0 ? -error : -EIO, "cannot write %s", w->name);
}

int archive_writer_new(int fd, const char *name, struct archive_writer **ret)
{
	cleanup_archive_writer struct archive_writer *w = NULL;
	int r = lazy_load(&lazy_libarchive);

	if (r < 0)
		return r;
	w = xcalloc(1, sizeof(*w));
	w->name = xstrdup(name);
	w->archive = archive_write_new();
	if (!w->archive)
		return log_error_errno(-ENOMEM, "cannot write %s", name);
	if (archive_write_set_format_pax_restricted(w->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(w->archive, 512) != ARCHIVE_OK ||
	    archive_write_open_fd(w->archive, fd) != ARCHIVE_OK)
		return failed(w);
	*ret = TAKE_PTR(w);
	return 0;
}

static int begin_file(struct archive_writer *w, const char *path, uint64_t size)
{
	struct archive_entry *entry = archive_entry_new();
	int r;

	if (!entry)
		return log_error_errno(-ENOMEM, "cannot write %s", w->name);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, S_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (int64_t)size);
	r = archive_write_header(w->archive, entry);
	archive_entry_free(entry);
	return r == ARCHIVE_OK ? 0 : failed(w);
}

static int write_data(struct archive_writer *w, const void *data, size_t len)
{
	return archive_write_data(w->archive, data, len) == (la_ssize_t)len ? 0 : failed(w);
}

int archive_writer_add_text(struct archive_writer *w, const char *path, const void *data,
			    size_t len)
{
	int r = begin_file(w, path, len);

	return r < 0 ? r : write_data(w, data, len);
}

static char *blob_path(const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	digest_text(digest, text);
	*strchr(text, ':') = '/';
	return xasprintf("blobs/%s", text);
}

int archive_writer_add_blob_text(struct archive_writer *w, const struct digest *digest,
				 const void *data, size_t len)
{
	cleanup_free char *path = blob_path(digest);

	return archive_writer_add_text(w, path, data, len);
}

int archive_writer_add_blob(struct archive_writer *w, const struct digest *digest, int fd,
			    uint64_t size)
{
	cleanup_free char *path = blob_path(digest), *block = xmalloc(BLOCK_SIZE);
	int r = begin_file(w, path, size);

	for (uint64_t at = 0; r >= 0 && at < size;) {
		ssize_t n = pread(fd, block, BLOCK_SIZE, (off_t)at);

		if (interrupted())
			return -EINTR;
		if (n <= 0 || (uint64_t)n > size - at)
			return log_error_errno(n < 0 ? -errno : -EIO, "cannot read '%s'", path);
		r = write_data(w, block, (size_t)n);
		at += (uint64_t)n;
	}
	return r;
}

int archive_writer_finish(struct archive_writer *w)
{
	w->finished = archive_write_close(w->archive) == ARCHIVE_OK;
	return w->finished ? 0 : failed(w);
}

void archive_writer_free(struct archive_writer *w)
{
	/* What was broken off is not to be filled up and ended properly: it must not pass for a whole one. */
	if (w->archive && !w->finished)
		(void)archive_write_fail(w->archive);
	if (w->archive)
		archive_write_free(w->archive);
	free(w->name);
	free(w);
}
