/* SPDX-License-Identifier: MIT */
#include "image/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"

/* As much as a pipe may have without a privilege: fs.pipe-max-size of proc(5). */
#define PIPE_SIZE (1024 * 1024)

/* --- the layers --------------------------------------------------------------------------- */

struct stream {
	const struct image *image;
	const char *name;
	int root_fd;
	struct fetcher *fetcher;
	uint64_t max_content;
	struct fetch_item *items;
	char **names;
	size_t n;
	struct turn *turn; /* NULL: none yet */
};

static void feed_at_once(void *data, const struct fetch_item *item);

static void stream_init(struct stream *s, const struct fetch *fetch)
{
	const struct manifest *m = &s->image->manifest;
	struct fetch fed = *fetch;

	s->n = m->layers.n;
	s->max_content = fetch->max_size > 0 ? fetch->max_size : UINT64_MAX;
	s->items = xcalloc(s->n, sizeof(*s->items));
	s->names = xcalloc(s->n, sizeof(*s->names));
	for (size_t i = 0; i < s->n; i++) {
		s->names[i] = xasprintf("layer %zu of %zu", i + 1, s->n);
		s->items[i] = (struct fetch_item){ .digest = &m->layers.v[i].digest,
						   .size = m->layers.v[i].size,
						   .what = s->names[i] };
	}
	fed.came = feed_at_once;
	fed.data = s;
	s->fetcher = fetcher_new(&fed, s->items, s->n);
}

static void stream_done(struct stream *s)
{
	fetcher_free(s->fetcher);
	for (size_t i = 0; i < s->n; i++) {
		fetch_item_done(&s->items[i]);
		free(s->names[i]);
	}
	free(s->items);
	free(s->names);
}

/* --- one of them -------------------------------------------------------------------------- */

/* The one that is being applied. */
struct turn {
	struct fetch_item *item;
	struct image_layer layer;
	int pipe_fd; /* -1: there is nothing to feed any more */
	loff_t at;   /* what is in front of it has been fed */
	bool reader_ended, writer_ended;
};

static void turn_done(struct turn *t)
{
	cleanup_close_p(&t->pipe_fd);
	image_layer_done(&t->layer);
}

/* Pass on what is there and finds room. */
static int feed_some(struct turn *t)
{
	uint64_t size = t->item->size;

	while (t->pipe_fd >= 0 && (uint64_t)t->at < t->item->n) {
		ssize_t n = splice(t->item->fd, &t->at, t->pipe_fd, NULL, t->item->n - (uint64_t)t->at,
				   SPLICE_F_NONBLOCK);

		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		/* EPIPE: the worker has failed, and will say why. */
		if (n < 0 && errno != EPIPE)
			return log_error_errno(-errno, "cannot read %s", t->item->what);
		if (n <= 0)
			close(TAKE_FD(t->pipe_fd));
	}
	if (t->pipe_fd >= 0 && fetch_is_whole(t->item) && (uint64_t)t->at == size)
		close(TAKE_FD(t->pipe_fd));
	return 0;
}

/* Its worker does not wait until others have come as far. What goes wrong here does so again in follow(). */
static void feed_at_once(void *data, const struct fetch_item *item)
{
	const struct stream *s = data;

	if (s->turn && s->turn->item == item && !item->is_voided)
		(void)feed_some(s->turn);
}

/* Bytes of it that its worker has. */
static uint64_t position(const struct turn *t)
{
	/* A file's offset is shared with the worker that has its descriptor. */
	off_t at = t->pipe_fd >= 0 || t->at > 0 ? (off_t)t->at : lseek(t->item->fd, 0, SEEK_CUR);

	return at < 0 ? 0 : (uint64_t)at;
}

static void show_progress(const struct stream *s, const struct turn *t)
{
	if (!progress_begin())
		return;
	if (t->layer.name && fetch_is_whole(t->item)) {
		cleanup_free char *what = xasprintf("unpacking %s", t->item->what);

		progress_bar(what, position(t), t->item->size);
	}
	fetch_draw(s->items, s->n);
	progress_end();
}

/* Until something changes. */
static int wait_for(struct stream *s, const struct turn *t, struct pollfd *fds, nfds_t n)
{
	show_progress(s, t);
	return fetcher_poll(s->fetcher, fds, n, progress_due());
}

/* 1 when the workers have ended. */
static int wait_for_change(struct stream *s, struct turn *t)
{
	struct pollfd fds[3];
	nfds_t n = 2;
	int r;

	archive_poll_fds(&t->layer.run, fds);
	/* One that has ended would end each wait at once. */
	if (t->reader_ended)
		fds[0].fd = -1;
	if (t->writer_ended)
		fds[1].fd = -1;
	if (t->pipe_fd >= 0 && (uint64_t)t->at < t->item->n)
		fds[n++] = (struct pollfd){ .fd = t->pipe_fd, .events = POLLOUT };
	r = wait_for(s, t, fds, n);
	t->reader_ended = t->reader_ended || fds[0].revents;
	t->writer_ended = t->writer_ended || fds[1].revents;
	return r < 0 ? r : t->reader_ended && t->writer_ended;
}

/* Until the workers end. -EAGAIN when they have had wrong bytes: why they failed is of no interest then. */
static int follow(struct stream *s, struct turn *t)
{
	int r = 0;

	while (r == 0) {
		r = feed_some(t);
		if (r >= 0)
			r = wait_for_change(s, t);
		if (t->item->is_voided)
			return -EAGAIN;
	}
	while (r >= 0 && !fetch_is_whole(t->item)) {
		r = wait_for(s, t, NULL, 0);
		if (t->item->is_voided)
			return -EAGAIN;
	}
	return r < 0 ? r : 0;
}

static int start(struct stream *s, struct turn *t, size_t number)
{
	int pipe_fds[2], r;

	/* Not for the first time, if they all begin again. */
	if (fetch_is_whole(t->item) && lseek(t->item->fd, 0, SEEK_SET) < 0)
		return log_error_errno(-errno, "cannot read %s", t->item->what);
	if (fetch_is_whole(t->item))
		return image_layer_start(s->image, number, t->item->fd,
					 t->item->state == FETCH_VERIFIED, s->root_fd, s->name,
					 &t->layer);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return log_error_errno(-errno, "cannot make a pipe");
	(void)fcntl(pipe_fds[1], F_SETPIPE_SZ, PIPE_SIZE); /* slower without, no worse */
	t->pipe_fd = pipe_fds[1];
	r = image_layer_start(s->image, number, pipe_fds[0], true, s->root_fd, s->name, &t->layer);
	close(pipe_fds[0]);
	return r;
}

static int apply(struct stream *s, size_t number)
{
	cleanup_(turn_done) struct turn t = { .item = &s->items[number],
						   .layer = IMAGE_LAYER_INIT,
						   .pipe_fd = -1 };
	cleanup_free char *message = NULL;
	int r = 0;

	while (r >= 0 && t.item->state == FETCH_WAITS)
		r = wait_for(s, &t, NULL, 0);
	t.item->is_voided = false; /* nothing of it has been used */
	t.layer.max_content = s->max_content;
	if (r >= 0)
		r = start(s, &t, number);
	s->turn = &t;
	if (r >= 0)
		r = follow(s, &t);
	s->turn = NULL;
	if (r >= 0)
		r = image_layer_finish(&t.layer, &message);
	if (!message)
		return r;
	if (fetcher_drop_damaged(s->fetcher, t.item)) {
		log_notice("what the image cache had of %s was damaged and is dropped", t.item->what);
		return -EAGAIN;
	}
	fetcher_discard(s->fetcher);
	return log_error_code(r, "%s", message);
}

/* --- all of them -------------------------------------------------------------------------- */

static int apply_all(struct stream *s)
{
	int r = 0;

	for (size_t i = 0; i < s->n && r >= 0; i++)
		r = interrupted() ? -EINTR : apply(s, i);
	return r;
}

int stream_layers(const struct image *image, const struct fetch *fetch, int root_fd,
		  const char *name)
{
	cleanup_(stream_done) struct stream s = { .image = image, .name = name, .root_fd = root_fd };
	int r;

	stream_init(&s, fetch);
	/* Damaged ones are dropped from the cache, wrong ones are fetched a second time at most: this ends. */
	while ((r = apply_all(&s)) == -EAGAIN) {
		r = rmtree_content(root_fd);
		if (r < 0)
			return log_error_errno(r, "cannot empty the tree of '%s'", name);
	}
	progress_clear();
	return r;
}
