/* SPDX-License-Identifier: MIT */
#include "image/decompress.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "image/gunzip.h"
#include "lazy/libarchive.h"

static void free_archive(struct archive *a)
{
	archive_read_free(a);
}
DEFINE_CLEANUP(struct archive *, free_archive)
DEFINE_CLEANUP(struct gunzip *, gunzip_free)

int decompress_load(void)
{
	int r = gunzip_load();

	return r < 0 ? r : lazy_load(&lazy_libarchive);
}

static la_ssize_t read_block(struct archive *a, void *data, const void **ret_block)
{
	(void)a;
	return gunzip_read(data, ret_block);
}

/* Each by name: "all" has filters that run programs. gzip here is for what is packed twice. */
static int add_filters(struct archive *a)
{
	if (archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(a) != ARCHIVE_OK ||
	    archive_read_support_filter_xz(a) != ARCHIVE_OK ||
	    archive_read_support_filter_lzma(a) != ARCHIVE_OK ||
	    archive_read_support_filter_lzip(a) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
	    archive_read_support_filter_lz4(a) != ARCHIVE_OK ||
	    archive_read_support_filter_compress(a) != ARCHIVE_OK)
		return -ENOTSUP;
	return 0;
}

static int broken(struct archive *a, const struct gunzip *g, const struct worker_report *report)
{
	const char *text = gunzip_wrong(g);

	if (!text)
		text = archive_error_string(a);
	return worker_error(report, "it is damaged or cut short: %s", text ? text : "no reason given");
}

static int pass_on(struct archive *a, const struct gunzip *g, int to_fd,
		   const struct worker_report *report)
{
	for (;;) {
		const void *block;
		size_t size;
		la_int64_t offset;
		int r = archive_read_data_block(a, &block, &size, &offset);

		if (r == ARCHIVE_EOF)
			break;
		if (r != ARCHIVE_OK)
			return broken(a, g, report);
		r = write_all(to_fd, block, size);
		if (r == -EPIPE)
			return 0;
		if (r < 0)
			return worker_error(report, "cannot pass on what was read: %s", strerror(-r));
	}
	if (gunzip_has_more(g))
		worker_warning(report, "what follows the end of the compressed data is not used");
	return 0;
}

int decompress(const int *fds, const struct worker_report *report)
{
	cleanup_(gunzip_free_p) struct gunzip *g = gunzip_new(fds[0]);
	cleanup_(free_archive_p) struct archive *a = archive_read_new();
	struct archive_entry *entry;
	int r;

	if (!a || add_filters(a) < 0)
		return worker_error(report, "the installed libarchive lacks a kind of compression");
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a);
	if (archive_read_open(a, g, NULL, read_block, NULL) != ARCHIVE_OK)
		return broken(a, g, report);
	r = archive_read_next_header(a, &entry);
	if (r == ARCHIVE_EOF)
		return worker_error(report, "it is empty");
	return r == ARCHIVE_OK ? pass_on(a, g, fds[1], report) : broken(a, g, report);
}
