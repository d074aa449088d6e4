/* SPDX-License-Identifier: MIT */
#include "layer/decompress.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "layer/gunzip.h"
#include "layer/sidehash.h"
#include "lazy/libarchive.h"

struct work {
	struct decompress_spec spec;
	const struct worker_report *report;
	struct bytes in;
	struct gunzip *gunzip;
	struct archive *archive;
	struct sidehash *content; /* NULL: nobody asks for its digest */
	struct ring_end to;
	uint64_t n_content;
	char block[RING_BLOCK];
};

static void free_work(struct work *w)
{
	if (w->archive)
		archive_read_free(w->archive);
	if (w->gunzip)
		gunzip_free(w->gunzip);
	hasher_free_p(&w->in.hasher);
	sidehash_free_p(&w->content);
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

static int check_digest(struct work *w, const struct digest *d, const struct digest *expected,
			const char *what)
{
	char is[DIGEST_TEXT_SIZE], should_be[DIGEST_TEXT_SIZE];

	if (digest_equal(d, expected))
		return 0;
	digest_text(d, is);
	digest_text(expected, should_be);
	return worker_error(w->report, "%s %s instead of %s", what, is, should_be);
}

/* Read what the decompressor did not need, and compare. */
static int check_source(struct work *w)
{
	struct digest d;
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
	if (!w->in.hasher)
		return 0;
	hasher_finish(w->in.hasher, &d);
	return check_digest(w, &d, w->spec.digest, "it is not what was asked for: its digest is");
}

static int check_content(struct work *w)
{
	struct digest d;

	if (!w->content)
		return 0;
	sidehash_finish(w->content, &d);
	return check_digest(w, &d, w->spec.diff_id, "its uncompressed content has the digest");
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

/* Where the next bytes of it are to be put, RING_BLOCK of them or fewer. NULL with errno. */
static char *room(struct work *w)
{
	return w->to.memory ? ring_room(&w->to) : w->block;
}

static int count(struct work *w, size_t size)
{
	w->n_content += size;
	if (w->n_content <= w->spec.max_content)
		return 0;
	return worker_error(w->report, "it unpacks to more than the %" PRIu64 " bytes that are allowed",
			    w->spec.max_content);
}

/* So many of them are there. */
static int put(struct work *w, const char *block, size_t size)
{
	int r = count(w, size);

	if (r < 0)
		return r;
	if (w->content)
		sidehash_add(w->content, block, size);
	return w->to.memory ? ring_put(&w->to, size) : write_all(w->to.filled_fd, block, size);
}

static int check_passed(const struct work *w, int r)
{
	if (r < 0 && r != -EPIPE && r != -EIO)
		return worker_error(w->report, "cannot pass on what was read: %s", strerror(-r));
	return r;
}

static int pass_on(struct work *w, const char *data, size_t size)
{
	int r = 0;

	if (!w->to.memory) /* w->block may be what libarchive reads from */
		return check_passed(w, put(w, data, size));
	while (r >= 0 && size > 0) {
		size_t n = size < RING_BLOCK ? size : RING_BLOCK;
		char *block = room(w);

		if (!block)
			return check_passed(w, -errno);
		memcpy(block, data, n);
		r = put(w, block, n);
		data += n;
		size -= n;
	}
	return check_passed(w, r);
}

/* Where the inner stream ends, the outer one may not have: its checksum comes later still. */
static int check_outer(struct work *w)
{
	ssize_t n = 0;
	int r = 0;

	while (r >= 0 && gunzip_kind(w->gunzip) && (n = gunzip_read(w->gunzip, w->block, sizeof(w->block))) > 0)
		r = count(w, (size_t)n);
	return n < 0 ? broken(w) : r;
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
	return r == ARCHIVE_EOF ? check_outer(w) : broken(w);
}

static int pass_blocks(struct work *w)
{
	char *block;

	while ((block = room(w))) {
		ssize_t n = gunzip_read(w->gunzip, block, RING_BLOCK);
		int r = n > 0 ? put(w, block, (size_t)n) : 0;

		if (n <= 0)
			return n < 0 ? broken(w) : 0;
		if (r < 0)
			return check_passed(w, r);
	}
	return check_passed(w, -errno);
}

static int pass_all(struct work *w)
{
	const char *kind = gunzip_kind(w->gunzip);
	int r;

	if (w->spec.kind && !gunzip_wrong(w->gunzip) && !streq(kind ? kind : "", w->spec.kind)) {
		r = check_source(w);
		return r < 0 ? r
			     : worker_error(w->report, "it is not %s as its media type says",
					    *w->spec.kind ? w->spec.kind : "an uncompressed tarball");
	}
	r = kind && w->spec.once ? pass_blocks(w) : pass_archive(w);
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
	w->to = ring_end(w->spec.ring, fds[1], fds + 2);
	if (w->spec.digest)
		w->in.hasher = hasher_new(w->spec.digest->algorithm);
	if (w->spec.diff_id)
		w->content = sidehash_new(w->spec.diff_id->algorithm);
	w->gunzip = gunzip_new(&w->in);
	r = pass_all(w);
	passed = r >= 0;
	if (passed || r == -EPIPE)
		r = check_source(w);
	return r >= 0 && passed ? check_content(w) : r;
}
