/* SPDX-License-Identifier: MIT */
#include "layer/decompress.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "layer/gunzip.h"
#include "lazy/libarchive.h"

#define BLOCK_SIZE (256 * 1024)

struct work {
	struct decompress_spec spec;
	const struct worker_report *report;
	struct bytes in;
	struct gunzip *gunzip;
	struct archive *archive;
	struct hasher *content; /* NULL: nobody asks for its digest */
	int to_fd;
	uint64_t n_content;
	char block[BLOCK_SIZE];
};

static void free_work(struct work *w)
{
	if (w->archive)
		archive_read_free(w->archive);
	if (w->gunzip)
		gunzip_free(w->gunzip);
	hasher_free_p(&w->in.hasher);
	hasher_free_p(&w->content);
	free(w);
}
DEFINE_CLEANUP(struct work *, free_work)

int decompress_load(void)
{
	int r = gunzip_load();

	return r < 0 ? r : lazy_load(&lazy_libarchive);
}

static la_ssize_t read_block(struct archive *a, void *data, const void **ret_block)
{
	struct work *w = data;

	(void)a;
	*ret_block = w->block;
	return gunzip_read(w->gunzip, w->block, sizeof(w->block));
}

/* Each by name: "all" has filters that run programs. gzip and zstd here are for what is packed twice. */
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

static int check_digest(struct work *w, struct hasher *hasher, const struct digest *expected,
			const char *what)
{
	char is[DIGEST_TEXT_SIZE], should_be[DIGEST_TEXT_SIZE];
	struct digest d;

	hasher_finish(hasher, &d);
	if (digest_equal(&d, expected))
		return 0;
	digest_text(&d, is);
	digest_text(expected, should_be);
	return worker_error(w->report, "%s %s instead of %s", what, is, should_be);
}

/* Read what the decompressor did not need, and compare. */
static int check_source(struct work *w)
{
	bool known_size = w->spec.size != UINT64_MAX;

	if (!known_size && !w->in.hasher)
		return 0;
	while (!w->in.wrong && bytes_read(&w->in, w->block, sizeof(w->block)) > 0)
		;
	if (w->in.wrong)
		return worker_error(w->report, "%s", w->in.wrong);
	if (known_size && w->in.n < w->spec.size)
		return worker_error(w->report, "it is too short: %" PRIu64 " of %" PRIu64 " bytes", w->in.n,
				    w->spec.size);
	return w->in.hasher ? check_digest(w, w->in.hasher, w->spec.digest,
					   "it is not what was asked for: its digest is")
			    : 0;
}

/* Bytes that are not the right ones cannot be unpacked: then that is the reason. */
static int broken(struct work *w)
{
	const char *text = gunzip_wrong(w->gunzip);
	int r = check_source(w);

	if (r < 0)
		return r;
	if (!text && archive_errno(w->archive) == ENOMEM)
		return worker_error(w->report,
				    "unpacking it takes more memory than the %d MiB that are allowed",
				    DECOMPRESS_MEMORY_MAX >> 20);
	if (!text)
		text = archive_error_string(w->archive);
	return worker_error(w->report, "it is damaged or cut short: %s", text ? text : "no reason given");
}

static int pass_on(struct work *w, const void *block, size_t size)
{
	int r;

	w->n_content += size;
	if (w->n_content > w->spec.max_content)
		return worker_error(w->report,
				    "it unpacks to more than the %" PRIu64 " bytes that are allowed",
				    w->spec.max_content);
	if (w->content)
		hasher_update(w->content, block, size);
	r = write_all(w->to_fd, block, size);
	if (r < 0 && r != -EPIPE)
		return worker_error(w->report, "cannot pass on what was read: %s", strerror(-r));
	return r;
}

/* What is neither gzip nor zstd, or may be packed twice. */
static int pass_archive(struct work *w)
{
	struct archive_entry *entry;
	struct archive *a = w->archive = archive_read_new();
	const void *block;
	la_int64_t offset;
	size_t size;
	int r;

	if (!a || add_filters(a) < 0)
		return worker_error(w->report, "the installed libarchive lacks a kind of compression");
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a);
	if (archive_read_open(a, w, NULL, read_block, NULL) != ARCHIVE_OK)
		return broken(w);
	r = archive_read_next_header(a, &entry);
	if (r == ARCHIVE_EOF)
		return worker_error(w->report, "it is empty");
	if (r != ARCHIVE_OK)
		return broken(w);
	while ((r = archive_read_data_block(a, &block, &size, &offset)) == ARCHIVE_OK) {
		int passed = pass_on(w, block, size);

		if (passed < 0)
			return passed;
	}
	return r == ARCHIVE_EOF ? 0 : broken(w);
}

static int pass_blocks(struct work *w)
{
	ssize_t n;

	while ((n = gunzip_read(w->gunzip, w->block, sizeof(w->block))) > 0) {
		int r = pass_on(w, w->block, (size_t)n);

		if (r < 0)
			return r;
	}
	return n < 0 ? broken(w) : 0;
}

static int pass_all(struct work *w)
{
	const char *kind = gunzip_kind(w->gunzip);
	bool is_layer = w->report->arg;
	int r;

	if (w->spec.kind && !gunzip_wrong(w->gunzip) && !streq(kind ? kind : "", w->spec.kind)) {
		r = check_source(w);
		return r < 0 ? r
			     : worker_error(w->report, "it is not %s as its media type says",
					    *w->spec.kind ? w->spec.kind : "an uncompressed tarball");
	}
	r = kind && is_layer ? pass_blocks(w) : pass_archive(w);
	if (r >= 0 && gunzip_has_more(w->gunzip))
		worker_warning(w->report, "what follows the end of the compressed data is not used");
	return r;
}

int decompress(const int *fds, const struct worker_report *report)
{
	const struct decompress_spec none = DECOMPRESS_SPEC_INIT;
	cleanup_(free_work_p) struct work *w = xcalloc(1, sizeof(*w));
	bool passed;
	int r;

	w->spec = report->arg ? *(const struct decompress_spec *)report->arg : none;
	w->report = report;
	w->in = (struct bytes)BYTES_INIT(fds[0]);
	w->in.max = w->spec.size;
	w->to_fd = fds[1];
	if (w->spec.digest)
		w->in.hasher = hasher_new(w->spec.digest->algorithm);
	if (w->spec.diff_id)
		w->content = hasher_new(w->spec.diff_id->algorithm);
	w->gunzip = gunzip_new(&w->in);
	r = pass_all(w);
	passed = r >= 0;
	if (passed || r == -EPIPE)
		r = check_source(w);
	if (r >= 0 && passed && w->content)
		r = check_digest(w, w->content, w->spec.diff_id, "its uncompressed content has the digest");
	return r;
}
