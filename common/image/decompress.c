/* SPDX-License-Identifier: MIT */
#include "image/decompress.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "lazy/libarchive.h"

#define READ_SIZE (256 * 1024)

static void free_archive(struct archive *a)
{
	archive_read_free(a);
}
DEFINE_CLEANUP(struct archive *, free_archive)

int decompress_load(void)
{
	return lazy_load(&lazy_libarchive);
}

/* Each by name: "all" has filters that run programs. */
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

static int broken(struct archive *a, const struct worker_report *report)
{
	const char *text = archive_error_string(a);

	return worker_error(report, "it is damaged or cut short: %s", text ? text : "no reason given");
}

static int pass_on(struct archive *a, int to_fd, const struct worker_report *report)
{
	for (;;) {
		const void *block;
		size_t size;
		la_int64_t offset;
		int r = archive_read_data_block(a, &block, &size, &offset);

		if (r == ARCHIVE_EOF)
			return 0;
		if (r != ARCHIVE_OK)
			return broken(a, report);
		r = write_all(to_fd, block, size);
		if (r == -EPIPE)
			return 0;
		if (r < 0)
			return worker_error(report, "cannot pass on what was read: %s", strerror(-r));
	}
}

int decompress(const int *fds, const struct worker_report *report)
{
	cleanup_(free_archive_p) struct archive *a = archive_read_new();
	struct archive_entry *entry;
	int r;

	if (!a || add_filters(a) < 0)
		return worker_error(report, "the installed libarchive lacks a kind of compression");
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a);
	if (archive_read_open_fd(a, fds[0], READ_SIZE) != ARCHIVE_OK)
		return broken(a, report);
	r = archive_read_next_header(a, &entry);
	if (r == ARCHIVE_EOF)
		return worker_error(report, "it is empty");
	return r == ARCHIVE_OK ? pass_on(a, fds[1], report) : broken(a, report);
}
