/* SPDX-License-Identifier: MIT */
#include "image/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/progress.h"

/* How often to look whether another process has done with a blob. */
#define WAIT_STEP (50 * USEC_PER_MSEC)

bool fetch_is_whole(const struct fetch_item *item)
{
	return item->state == FETCH_VERIFIED || item->state == FETCH_CACHED;
}

void fetch_item_done(struct fetch_item *item)
{
	if (item->state != FETCH_WAITS)
		close(item->fd);
	item->state = FETCH_WAITS;
}

/* One that is being fetched. */
struct job {
	const struct fetch *fetch;
	struct fetch_item *item; /* NULL: the job is free */
	struct cache_fetch file;
	struct registry_blob *blob;
	struct hasher *hasher;
	bool again; /* for the second time, as what came was wrong */
	int write_error; /* not told yet */
};

struct fetcher {
	struct fetch fetch;
	struct fetch_item *items;
	size_t n;
	struct job jobs[FETCH_PARALLEL];
};

static void job_done(struct job *job)
{
	if (job->blob)
		registry_blob_free(job->blob);
	if (job->hasher)
		hasher_free(job->hasher);
	cache_fetch_done(&job->file);
	*job = (struct job){ .file = CACHE_FETCH_INIT };
}

/* A description of its own: the offset is nobody else's. */
static int reopen(int fd)
{
	int r = open(fd_path(fd).path, O_RDONLY | O_CLOEXEC);

	return r < 0 ? -errno : r;
}

/* --- one of them -------------------------------------------------------------------------- */

static int log_file_error(const struct job *job, int r)
{
	return log_error_errno(r, "cannot write %s to the image cache '%s'", job->item->what,
			       job->file.cache->path);
}

static int take_bytes(void *userdata, const void *data, size_t len)
{
	struct job *job = userdata;

	job->write_error = write_all(job->file.fd, data, len);
	if (job->write_error < 0)
		return job->write_error;
	hasher_update(job->hasher, data, len);
	job->item->n += len;
	if (job->fetch->came)
		job->fetch->came(job->fetch->data, job->item);
	return 0;
}

/* Hash what an earlier try has left, and stand behind it. */
static int hash_rest(struct job *job)
{
	uint64_t at = 0;
	char block[65536];

	while (at < job->file.offset) {
		ssize_t n = pread(job->file.fd, block, sizeof(block), (off_t)at);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		hasher_update(job->hasher, block, (size_t)n);
		at += (uint64_t)n;
	}
	return lseek(job->file.fd, (off_t)at, SEEK_SET) < 0 ? -errno : 0;
}

static int begin_transfer(const struct fetch *f, struct job *job)
{
	const struct registry_blob_request request = {
		.repository = f->repository,
		.digest = job->item->digest,
		.size = job->item->size,
		.no_mirrors = job->again,
		.offset = job->file.offset,
		.write = take_bytes,
		.userdata = job,
	};
	int r;

	job->fetch = f;
	job->hasher = hasher_new(job->item->digest->algorithm);
	r = hash_rest(job);
	if (r < 0)
		return log_file_error(job, r);
	job->item->n = job->file.offset;
	job->blob = registry_blob_start(f->registry, &request);
	return 0;
}

/* More than a blob has, or all of it: whoever left that could not put it into its place. */
static int drop_rest(struct job *job)
{
	return job->file.offset >= job->item->size ? cache_fetch_restart(&job->file) : 0;
}

/* It is whole, for whoever reads it to verify. */
static void take_cached(struct fetch_item *item, int fd)
{
	item->fd = fd;
	item->n = item->size;
	item->state = FETCH_CACHED;
}

/* Take what another process has made whole by now, if it is what it says. */
static int take_others(const struct fetch *f, struct fetch_item *item)
{
	int fd = cache_read(f->cache, item->digest, item->size);

	if (fd >= 0)
		take_cached(item, fd);
	else if (fd == -ENOENT) /* of another size: it cannot be right */
		cache_drop(f->cache, item->digest);
	return fd == -ENOENT || fd >= 0 ? 0 : fd;
}

static int begin_fetch(const struct fetch *f, struct job *job, struct fetch_item *item)
{
	int r;

	job->item = item;
	r = drop_rest(job);
	if (r < 0)
		return log_file_error(job, r);
	item->fd = reopen(job->file.fd);
	if (item->fd < 0)
		return log_file_error(job, item->fd);
	item->state = FETCH_COMES;
	return begin_transfer(f, job);
}

/* The job does something after this, or the item is whole, or somebody else is at it. */
static int begin(const struct fetch *f, struct job *job, struct fetch_item *item)
{
	char size[FORMAT_SIZE_MAX], most[FORMAT_SIZE_MAX];
	int r = cache_read(f->cache, item->digest, item->size);

	if (r >= 0)
		take_cached(item, r);
	if (r >= 0)
		return 0;
	if (f->max_size > 0 && item->size > f->max_size)
		return log_error_code(-EFBIG, "%s has %s, which is more than max_download_size, %s",
				      item->what, format_size(size, item->size),
				      format_size(most, f->max_size));
	if (!f->http)
		return log_error_code(-ENOENT, "%s is not in the image cache '%s'", item->what,
				      f->cache->path);
	r = cache_fetch_begin(f->cache, item->digest, &job->file);
	if (r == -EBUSY)
		return 0;
	if (r == -EEXIST)
		return take_others(f, item);
	if (r < 0)
		return log_error_errno(r, "cannot write to the image cache '%s'", f->cache->path);
	return begin_fetch(f, job, item);
}

static int begin_again(const struct fetch *f, struct job *job)
{
	int r = cache_fetch_restart(&job->file);

	if (r < 0)
		return log_file_error(job, r);
	log_debug("what came of %s was wrong, fetching it again", job->item->what);
	registry_blob_free(job->blob);
	hasher_free(job->hasher);
	job->blob = NULL;
	job->hasher = NULL;
	job->again = true;
	job->item->is_voided = true;
	return begin_transfer(f, job);
}

/* All bytes have come. */
static int end(const struct fetch *f, struct job *job)
{
	char size[FORMAT_SIZE_MAX], text[DIGEST_TEXT_SIZE];
	struct digest digest;
	int r;

	digest_text(job->item->digest, text);
	hasher_finish(job->hasher, &digest);
	if (!digest_equal(&digest, job->item->digest)) {
		if (!job->again)
			return begin_again(f, job);
		return log_error_code(-EBADMSG, "%s: what came is not what its digest names, %s",
				      job->item->what, text);
	}
	r = cache_fetch_commit(&job->file);
	if (r < 0)
		return log_file_error(job, r);
	job->item->state = FETCH_VERIFIED;
	log_notice("fetched %s, %s", job->item->what, format_size(size, job->item->size));
	job_done(job);
	return 0;
}

/* --- all of them -------------------------------------------------------------------------- */

/* One whose digest an item in front of it has. */
static const struct fetch_item *twin(const struct fetcher *f, const struct fetch_item *item)
{
	for (const struct fetch_item *i = f->items; i < item; i++) {
		if (digest_equal(i->digest, item->digest))
			return i;
	}
	return NULL;
}

static int copy_twin(const struct fetch_item *from, struct fetch_item *item)
{
	if (!fetch_is_whole(from))
		return 0;
	item->fd = reopen(from->fd);
	if (item->fd < 0)
		return log_error_errno(item->fd, "cannot open %s", item->what);
	item->n = from->n;
	item->state = from->state;
	return 0;
}

static struct job *free_job(struct fetcher *f)
{
	for (size_t j = 0; j < FETCH_PARALLEL; j++) {
		if (!f->jobs[j].item)
			return &f->jobs[j];
	}
	return NULL;
}

/* Begin what can be begun; *ret_waits when an item could have, but for another process. */
static int fill(struct fetcher *f, bool *ret_waits)
{
	struct job *job;

	*ret_waits = false;
	for (struct fetch_item *item = f->items; item < f->items + f->n; item++) {
		const struct fetch_item *first;
		int r;

		if (item->state != FETCH_WAITS)
			continue;
		first = twin(f, item);
		job = free_job(f);
		if (!first && !job)
			continue;
		r = first ? copy_twin(first, item) : begin(&f->fetch, job, item);
		if (r < 0)
			return r;
		*ret_waits = *ret_waits || (!first && item->state == FETCH_WAITS);
	}
	return 0;
}

void fetcher_discard(struct fetcher *f)
{
	for (size_t j = 0; j < FETCH_PARALLEL; j++) {
		if (f->jobs[j].item)
			(void)cache_fetch_restart(&f->jobs[j].file);
	}
}

/* What was wrong is nothing to go on with, and on a full disk room is worth more than time. */
static int fail(struct fetcher *f, struct job *job, int error)
{
	if (job->write_error < 0)
		(void)log_file_error(job, job->write_error);
	if (error == -EBADMSG || error == -EFBIG)
		(void)cache_fetch_restart(&job->file);
	else if (error == -ENOSPC || error == -EDQUOT)
		fetcher_discard(f);
	return error;
}

static int step(struct fetcher *f)
{
	for (size_t j = 0; j < FETCH_PARALLEL; j++) {
		struct job *job = &f->jobs[j];
		int r = job->item ? registry_blob_step(job->blob) : 0;

		if (r > 0)
			r = end(&f->fetch, job);
		if (r < 0)
			return fail(f, job, r);
	}
	return 0;
}

static bool are_whole(const struct fetcher *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!fetch_is_whole(&f->items[i]))
			return false;
	}
	return true;
}

struct fetcher *fetcher_new(const struct fetch *fetch, struct fetch_item *items, size_t n)
{
	struct fetcher *f = xcalloc(1, sizeof(*f));

	*f = (struct fetcher){ .fetch = *fetch, .items = items, .n = n };
	for (size_t j = 0; j < FETCH_PARALLEL; j++)
		f->jobs[j] = (struct job){ .file = CACHE_FETCH_INIT };
	return f;
}

int fetcher_poll(struct fetcher *f, struct pollfd *fds, nfds_t n, usec_t deadline)
{
	usec_t again;
	bool waits;
	int r = fill(f, &waits);

	if (r < 0 || (n == 0 && are_whole(f)))
		return r < 0 ? r : 1;
	again = now_usec() + WAIT_STEP;
	if (waits && (deadline == 0 || again < deadline))
		deadline = again;
	r = f->fetch.http ? http_poll(f->fetch.http, fds, n, deadline)
			  : interrupt_poll(fds, n, deadline);
	if (r >= 0 || r == -ETIMEDOUT)
		r = step(f);
	return r < 0 ? r : are_whole(f);
}

/* What cannot be read is not known to be wrong. */
static bool is_damaged(const struct fetch_item *item)
{
	cleanup_hasher struct hasher *hasher = hasher_new(item->digest->algorithm);
	char block[65536];
	struct digest is;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(item->fd, block, sizeof(block), at)) > 0 && !interrupted()) {
		hasher_update(hasher, block, (size_t)n);
		at += n;
	}
	hasher_finish(hasher, &is);
	return n == 0 && !digest_equal(&is, item->digest);
}

bool fetcher_drop_damaged(struct fetcher *f, struct fetch_item *item)
{
	if (item->state != FETCH_CACHED || !is_damaged(item))
		return false;
	cache_drop(f->fetch.cache, item->digest);
	fetch_item_done(item);
	item->n = 0;
	return true;
}

void fetcher_free(struct fetcher *f)
{
	for (size_t j = 0; j < FETCH_PARALLEL; j++)
		job_done(&f->jobs[j]);
	free(f);
}

void fetch_draw(const struct fetch_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (items[i].state == FETCH_COMES)
			progress_bar(items[i].what, items[i].n, items[i].size);
	}
}

int fetch_blobs(const struct fetch *fetch, struct fetch_item *items, size_t n)
{
	cleanup_fetcher struct fetcher *f = fetcher_new(fetch, items, n);
	int r;

	do {
		if (progress_begin()) {
			fetch_draw(items, n);
			progress_end();
		}
		r = fetcher_poll(f, NULL, 0, progress_due());
	} while (r == 0);
	progress_clear();
	return r < 0 ? r : 0;
}
