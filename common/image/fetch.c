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

/* How often to look whether another process has done with a blob. */
#define WAIT_STEP (50 * USEC_PER_MSEC)

/* One that is being fetched. */
struct job {
	struct fetch_item *item; /* NULL: the job is free */
	struct cache_fetch file;
	struct registry_blob *blob;
	struct hasher *hasher;
	bool again; /* for the second time, as what came was wrong */
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
	int r = write_all(job->file.fd, data, len);

	if (r < 0)
		return log_file_error(job, r);
	hasher_update(job->hasher, data, len);
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

	job->hasher = hasher_new(job->item->digest->algorithm);
	r = hash_rest(job);
	if (r < 0)
		return log_file_error(job, r);
	job->blob = registry_blob_start(f->registry, &request);
	return 0;
}

/* More than a blob has, or all of it: whoever left that could not put it into its place. */
static int drop_rest(struct job *job)
{
	return job->file.offset >= job->item->size ? cache_fetch_restart(&job->file) : 0;
}

/* 1: begun; 0: somebody else is at it, or it is there now. */
static int begin(const struct fetch *f, struct job *job, struct fetch_item *item)
{
	int r = cache_fetch_begin(f->cache, item->digest, &job->file);

	if (r == -EBUSY)
		return 0;
	if (r == -EEXIST) {
		item->fd = cache_read(f->cache, item->digest, item->size);
		if (item->fd == -ENOENT) /* of another size: it cannot be right */
			cache_drop(f->cache, item->digest);
		return item->fd >= 0 || item->fd == -ENOENT ? 0 : item->fd;
	}
	if (r < 0)
		return log_error_errno(r, "cannot write to the image cache '%s'", f->cache->path);
	job->item = item;
	r = drop_rest(job);
	if (r < 0)
		return log_file_error(job, r);
	r = begin_transfer(f, job);
	return r < 0 ? r : 1;
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
		(void)cache_fetch_restart(&job->file);
		return log_error_code(-EBADMSG, "%s: what came is not what its digest names, %s",
				      job->item->what, text);
	}
	job->item->fd = reopen(job->file.fd);
	r = job->item->fd < 0 ? job->item->fd : cache_fetch_commit(&job->file);
	if (r < 0)
		return log_file_error(job, r);
	log_notice("fetched %s, %s", job->item->what, format_size(size, job->item->size));
	job_done(job);
	return 0;
}

/* --- all of them -------------------------------------------------------------------------- */

/* Begin what can be begun; *waits when only others' work stands in the way. */
static int fill(const struct fetch *f, struct job *jobs, struct fetch_item *items, size_t n,
		bool *ret_waits)
{
	size_t busy = 0;

	*ret_waits = false;
	for (size_t j = 0; j < FETCH_PARALLEL; j++)
		busy += jobs[j].item != NULL;
	for (size_t i = 0, j = 0; i < n && busy < FETCH_PARALLEL; i++) {
		bool runs = false;
		int r;

		for (size_t k = 0; k < FETCH_PARALLEL; k++)
			runs = runs || jobs[k].item == &items[i];
		if (items[i].fd >= 0 || runs)
			continue;
		while (jobs[j].item)
			j++;
		r = begin(f, &jobs[j], &items[i]);
		if (r < 0)
			return r;
		busy += (size_t)r;
		*ret_waits = *ret_waits || r == 0;
	}
	return busy > 0 ? 1 : 0;
}

static int step(const struct fetch *f, struct job *jobs)
{
	for (size_t j = 0; j < FETCH_PARALLEL; j++) {
		int r;

		if (!jobs[j].item)
			continue;
		r = registry_blob_step(jobs[j].blob);
		if (r > 0)
			r = end(f, &jobs[j]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fetch_missing(const struct fetch *f, struct job *jobs, struct fetch_item *items,
			 size_t n)
{
	for (;;) {
		bool waits;
		int r = fill(f, jobs, items, n, &waits);
		bool runs = r > 0;

		if (r < 0 || (!runs && !waits))
			return r;
		r = runs ? http_poll(f->http, NULL, 0, waits ? now_usec() + WAIT_STEP : 0)
			 : interrupt_poll(NULL, 0, now_usec() + WAIT_STEP);
		if (r < 0 && r != -ETIMEDOUT)
			return r;
		r = step(f, jobs);
		if (r < 0)
			return r;
	}
}

/* One whose digest an item in front of it has. */
static const struct fetch_item *twin(const struct fetch_item *items, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (digest_equal(items[j].digest, items[i].digest))
			return &items[j];
	}
	return NULL;
}

/* Those that are neither in the cache nor twins, the others' descriptors set. */
static int look_up(const struct fetch *f, struct fetch_item *items, size_t n,
		   struct fetch_item *missing, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		if (twin(items, i))
			continue;
		items[i].fd = cache_read(f->cache, items[i].digest, items[i].size);
		if (items[i].fd >= 0)
			continue;
		items[i].fd = -1;
		if (!f->http)
			return log_error_code(-ENOENT, "%s is not in the image cache '%s'",
					      items[i].what, f->cache->path);
		missing[(*ret_n)++] = items[i];
	}
	return 0;
}

static int settle(struct fetch_item *items, size_t n, const struct fetch_item *missing)
{
	for (size_t i = 0; i < n; i++) {
		const struct fetch_item *first = twin(items, i);

		if (first) {
			items[i].fd = reopen(first->fd);
			if (items[i].fd < 0)
				return log_error_errno(items[i].fd, "cannot open %s",
						       items[i].what);
		} else if (items[i].fd < 0) {
			items[i].fd = (missing++)->fd;
		}
	}
	return 0;
}

int fetch_blobs(const struct fetch *f, struct fetch_item *items, size_t n)
{
	cleanup_free struct fetch_item *missing = xcalloc(n + 1, sizeof(*missing));
	struct job jobs[FETCH_PARALLEL];
	size_t n_missing;
	int r = look_up(f, items, n, missing, &n_missing);

	for (size_t j = 0; j < FETCH_PARALLEL; j++)
		jobs[j] = (struct job){ .file = CACHE_FETCH_INIT };
	if (r >= 0)
		r = fetch_missing(f, jobs, missing, n_missing);
	for (size_t j = 0; j < FETCH_PARALLEL; j++)
		job_done(&jobs[j]);
	if (r >= 0)
		return settle(items, n, missing);
	for (size_t i = 0; i < n_missing; i++)
		cleanup_close_p(&missing[i].fd);
	return r;
}
