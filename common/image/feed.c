/* SPDX-License-Identifier: MIT */
#include "image/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "image/remote.h"
#include "lazy/lazy.h"
#include "lazy/libcurl.h"

/* Room for one side to run ahead of the other; the most that is allowed to everybody. */
#define PIPE_SIZE (1024 * 1024)
#define BLOCK 65536
/* tar(5) */
#define TAR_BLOCK 512
#define TAR_MAGIC_AT 257

/* --- where the bytes go; in the worker ---------------------------------------------------- */

struct sink {
	const struct feed_spec *spec;
	const struct worker_report *report;
	int pipe_fd, head_fd;
	struct strbuf pending; /* not in the pipe yet; until head_done, all that has come */
	size_t n_written;      /* of it */
	bool head_done;
	bool gone; /* nobody reads the pipe any more */

	struct hasher *all; /* of the n bytes that have come since the last beginning; NULL: nobody asks */
	uint64_t n;
	/* It began again after n_before bytes: */
	struct hasher *again;
	struct digest before;
	uint64_t n_before;
	bool changed; /* and they are others now */
};

static void sink_init(struct sink *s, const int *fds, const struct worker_report *report)
{
	*s = (struct sink){ .spec = report->arg,
			    .report = report,
			    .pipe_fd = fds[0],
			    .head_fd = fds[1],
			    .pending = STRBUF_INIT };
	if (s->spec->url || s->spec->digest)
		s->all = hasher_new(DIGEST_SHA256);
}

static bool has_pending(const struct sink *s)
{
	return s->head_done && s->n_written < s->pending.len;
}

/* What nobody reads is still compared with its digest, if there is one. */
static int on_gone(struct sink *s)
{
	s->gone = true;
	strbuf_clear(&s->pending);
	s->n_written = 0;
	return s->spec->digest ? 0 : -EPIPE;
}

/* As much as the pipe takes. */
static int flush_pending(struct sink *s)
{
	while (has_pending(s)) {
		ssize_t n = write(s->pipe_fd, s->pending.buf + s->n_written,
				  s->pending.len - s->n_written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return errno == EPIPE ? on_gone(s) : -errno;
		s->n_written += (size_t)n;
	}
	if (s->head_done) {
		strbuf_clear(&s->pending);
		s->n_written = 0;
	}
	return 0;
}

/* A tarball that is not compressed says so in its first block. */
static bool is_head(const struct strbuf *head)
{
	return head->len >= FEED_HEAD ||
	       (head->len >= TAR_BLOCK && memcmp(head->buf + TAR_MAGIC_AT, "ustar", 5) == 0);
}

static int keep(struct sink *s, const char *data, size_t len)
{
	int r;

	if (s->gone)
		return s->spec->digest ? 0 : -EPIPE;
	if (len == 0)
		return 0;
	strbuf_add(&s->pending, data, len);
	if (!s->head_done) {
		r = write_all(s->head_fd, data, len);
		if (r < 0)
			return r;
		s->head_done = is_head(&s->pending);
	}
	return flush_pending(s);
}

/* Of what has come before, as much as is compared. */
static int compare(struct sink *s, const char *data, size_t len)
{
	struct digest is;

	hasher_update(s->again, data, len);
	if (s->n < s->n_before)
		return 0;
	hasher_finish(s->again, &is);
	hasher_free(s->again);
	s->again = NULL;
	s->changed = !digest_equal(&is, &s->before);
	return s->changed ? -ESTALE : 0;
}

/* Before: may it come now? */
static int take(void *userdata, const void *data, size_t len)
{
	struct sink *s = userdata;
	size_t old = 0;
	int r = 0;

	if (has_pending(s))
		return HTTP_PAUSE;
	if (s->n < s->n_before)
		old = s->n_before - s->n < len ? (size_t)(s->n_before - s->n) : len;
	if (s->all)
		hasher_update(s->all, data, len);
	s->n += len;
	if (old > 0)
		r = compare(s, data, old);
	return r < 0 ? r : keep(s, (const char *)data + old, len - old);
}

static int begin_again(void *userdata)
{
	struct sink *s = userdata;

	if (s->n > s->n_before) {
		hasher_finish(s->all, &s->before);
		s->n_before = s->n;
	}
	hasher_free(s->all);
	if (s->again)
		hasher_free(s->again);
	s->all = hasher_new(DIGEST_SHA256);
	s->again = hasher_new(DIGEST_SHA256);
	s->n = 0;
	return 0;
}

/* All has come. */
static int finish_sink(struct sink *s)
{
	const struct digest *wanted = s->spec->digest;
	char is_text[DIGEST_TEXT_SIZE], wanted_text[DIGEST_TEXT_SIZE];
	struct digest is;
	int r;

	s->head_done = true;
	/* Now it may wait. */
	(void)fcntl(s->pipe_fd, F_SETFL, O_WRONLY);
	r = flush_pending(s);
	if (r < 0)
		return s->gone ? 0 : worker_error(s->report, "cannot pass it on: %s", strerror(-r));
	if (!wanted)
		return 0;
	hasher_finish(s->all, &is);
	if (digest_equal(&is, wanted))
		return 0;
	digest_text(&is, is_text);
	digest_text(wanted, wanted_text);
	return worker_error(s->report, "its digest is %s, not %s", is_text, wanted_text);
}

/* --- from a pipe -------------------------------------------------------------------------- */

static int copy_pipe(const int *fds, const struct worker_report *report)
{
	cleanup_free char *block = xmalloc(BLOCK);
	struct sink s;

	sink_init(&s, fds, report);
	for (;;) {
		ssize_t n = read(fds[2], block, BLOCK);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return worker_error(report, "%s", strerror(errno));
		if (n == 0)
			return finish_sink(&s);
		r = take(&s, block, (size_t)n);
		if (r < 0)
			return s.gone ? 0 : worker_error(report, "%s", strerror(-r));
	}
}

/* --- from a URL --------------------------------------------------------------------------- */

static int explain_status(const struct sink *s, const struct http_response *response)
{
	switch (response->status) {
	case 401:
		return worker_error(s->report,
				    "the server wants to know who asks (status 401): "
				    "https://USER:PASSWORD@HOST/... says it");
	case 403:
		return worker_error(s->report, "the server does not let us have it (status 403)");
	case 404:
	case 410:
		return worker_error(s->report, "there is nothing of this name (status %d)",
				    response->status);
	case 407:
		return worker_error(s->report, "the proxy wants to know who asks (status 407)");
	case 429:
		return worker_error(s->report,
				    "the server has had too many requests from here (status 429)");
	default:
		return worker_error(s->report, "the server answers with status %d",
				    response->status);
	}
}

static int finish_transfer(struct sink *s, const struct http_response *response)
{
	if (s->gone && !s->spec->digest)
		return 0;
	if (s->changed || (response->error == 0 && response->status == 200 && s->n < s->n_before))
		return worker_error(s->report, "its content changed while it was fetched");
	if (response->error < 0)
		return worker_error(s->report, "%s", response->wrong);
	if (response->status != 200 && response->status != 206)
		return explain_status(s, response);
	return finish_sink(s);
}

static int run_transfer(struct sink *s, struct http *http, struct transfer *t)
{
	int r = 0;

	while (r >= 0 && !transfer_is_done(t)) {
		struct pollfd p = { .fd = s->pipe_fd, .events = POLLOUT };
		bool waits = has_pending(s);

		r = http_poll(http, &p, waits, 0);
		if (r >= 0 && waits && p.revents)
			r = flush_pending(s);
		if (r >= 0 && waits && !has_pending(s))
			transfer_resume(t);
	}
	/* Nobody wants it: that is their affair. */
	if (r == -EPIPE)
		return 0;
	if (r < 0)
		return worker_error(s->report, "%s", strerror(-r));
	return finish_transfer(s, transfer_response(t));
}

static int fetch_url(const int *fds, const struct worker_report *report)
{
	const struct feed_spec *spec = report->arg;
	cleanup_http struct http *http = NULL;
	cleanup_transfer struct transfer *t = NULL;
	struct sink s;

	if (remote_http_new(spec->config, &http) < 0)
		return worker_error(report, "libcurl does not start");
	sink_init(&s, fds, report);
	(void)fcntl(s.pipe_fd, F_SETFL, O_WRONLY | O_NONBLOCK);
	t = http_start(http,
		       &(struct http_request){
			       .url = spec->url,
			       .trust = { .ca_file = *spec->config->http_ca_file
							     ? spec->config->http_ca_file
							     : NULL },
			       .max_bytes = spec->config->max_download_size,
			       .immutable = spec->digest != NULL,
			       .write = take,
			       .restart = begin_again,
			       .userdata = &s,
		       });
	return run_transfer(&s, http, t);
}

/* --- in the parent ------------------------------------------------------------------------ */

static int start_worker(struct feed *f)
{
	const struct feed_spec *spec = &f->spec;
	int pipe_fds[2], r;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return log_error_errno(-errno, "cannot make a pipe");
	(void)fcntl(pipe_fds[1], F_SETPIPE_SZ, PIPE_SIZE); /* slower without, no worse */
	f->fd = pipe_fds[0];
	f->worker.arg = spec;
	f->worker.has_network = spec->url != NULL;
	r = worker_start(&f->worker, spec->url ? fetch_url : copy_pipe,
			 (const int[]){ pipe_fds[1], f->head_fd, spec->from_fd },
			 spec->url ? 2 : 3, 0);
	close(pipe_fds[1]);
	return r;
}

int feed_start(const struct feed_spec *spec, struct feed *ret)
{
	cleanup_feed struct feed f = FEED_INIT;
	int r = hasher_load();

	if (r >= 0 && spec->url)
		r = lazy_load(&lazy_libcurl);
	if (r < 0)
		return r;
	f.spec = *spec;
	f.head_fd = memfd_create("sdme", MFD_CLOEXEC);
	if (f.head_fd < 0)
		return log_error_errno(-errno, "cannot make a file in memory");
	r = start_worker(&f);
	if (r < 0)
		return r;
	*ret = f;
	f = (struct feed)FEED_INIT;
	return 0;
}

/* What a server sends in place of an error, or of a login, or what was meant for a browser. */
static bool is_web_page(int head_fd)
{
	static const char *const beginnings[] = { "<!doctype html", "<html" };
	char head[512];
	const char *p = head;
	ssize_t n = pread(head_fd, head, sizeof(head) - 1, 0);

	if (n <= 0)
		return false;
	head[n] = '\0';
	if (after_prefix(p, "\xef\xbb\xbf"))
		p += 3;
	p += strspn(p, " \t\r\n");
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		if (strncasecmp(p, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return false;
}

int feed_wait(struct feed *f)
{
	struct pollfd p = { .fd = f->fd, .events = POLLIN };
	int r = interrupt_poll(&p, 1, 0);

	if (r < 0)
		return r;
	if (!(p.revents & POLLIN)) {
		r = feed_finish(f);
		return r < 0 ? r
			     : log_error_code(-ENODATA, "cannot import '%s': it is empty",
					      f->spec.name);
	}
	if (is_web_page(f->head_fd))
		return log_error_code(-EINVAL,
				      "cannot import '%s': it is a web page, no archive or image",
				      f->spec.name);
	return 0;
}

int feed_finish(struct feed *f)
{
	int r = worker_wait(&f->worker, f->spec.name);

	if (r >= 0 || r == -EINTR)
		return r;
	return log_error_code(r, "cannot %s '%s': %s", f->spec.url ? "fetch" : "import",
			      f->spec.name, f->worker.error ? f->worker.error : strerror(-r));
}

void feed_done(struct feed *f)
{
	worker_done(&f->worker);
	if (f->fd >= 0)
		close(f->fd);
	if (f->head_fd >= 0)
		close(f->head_fd);
	*f = (struct feed)FEED_INIT;
}
