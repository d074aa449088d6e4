/* SPDX-License-Identifier: MIT */
#include "http/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "http/transfer.h"

const struct http_limits http_limits_default = {
	.connect = 30 * USEC_PER_SEC,
	.stall = 30 * USEC_PER_SEC,
	.stall_bytes = 3000,
	.retries = 5,
	.patience = 300 * USEC_PER_SEC,
	.pause = USEC_PER_SEC / 2,
	.pause_max = 60 * USEC_PER_SEC,
};

/* --- what libcurl wants to be told ---------------------------------------------------------- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *socket_data)
{
	struct http *h = userdata;
	size_t i = 0;

	(void)easy;
	(void)socket_data;
	while (i < h->n_fds && h->fds[i].fd != fd)
		i++;
	if (what == CURL_POLL_REMOVE) {
		if (i < h->n_fds)
			h->fds[i] = h->fds[--h->n_fds];
		return 0;
	}
	if (i == h->n_fds)
		h->fds = xreallocarray(h->fds, ++h->n_fds, sizeof(*h->fds));
	h->fds[i] = (struct pollfd){
		.fd = fd,
		.events = (short)((what & CURL_POLL_IN ? POLLIN : 0) |
				  (what & CURL_POLL_OUT ? POLLOUT : 0)),
	};
	return 0;
}

static int on_timer(CURLM *multi, long msec, void *userdata)
{
	struct http *h = userdata;

	(void)multi;
	h->timer = msec < 0 ? 0 : now_usec() + (usec_t)msec * USEC_PER_MSEC;
	return 0;
}

int http_new(const struct http_limits *limits, struct http **ret)
{
	struct http *h;
	int r = lazy_load(&lazy_libcurl);

	if (r < 0)
		return r;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return log_error_code(-EIO, "libcurl does not start");
	h = xcalloc(1, sizeof(*h));
	h->limits = limits ? *limits : http_limits_default;
	h->multi = curl_multi_init();
	if (!h->multi) {
		http_free(h);
		return log_error_code(-ENOMEM, "libcurl does not start");
	}
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	*ret = h;
	return 0;
}

void http_free(struct http *h)
{
	curl_multi_cleanup(h->multi);
	curl_global_cleanup();
	free(h->fds);
	free(h);
}

/* --- transfers ------------------------------------------------------------------------------ */

static char *basic(const char *user, const char *password)
{
	cleanup_free char *both = xasprintf("%s:%s", user ? user : "", password ? password : "");
	cleanup_free char *coded = base64_encode(both, strlen(both));
	char *value = xasprintf("Basic %s", coded);

	explicit_bzero(both, strlen(both));
	explicit_bzero(coded, strlen(coded));
	return value;
}

static int set_origin(struct transfer *t, const char *url)
{
	int r = url_parse(url, NULL, &t->origin);

	if (r == -EPROTONOSUPPORT)
		transfer_fail(t, r, xasprintf("only http and https are spoken here"));
	else if (r < 0)
		transfer_fail(t, r, xasprintf("this is not a URL"));
	if (r >= 0 && t->origin.user && !t->request.authorization)
		t->request.authorization = basic(t->origin.user, t->origin.password);
	return r;
}

static void copy_request(struct transfer *t, const struct http_request *request)
{
	struct http_request *copy = &t->request;

	*copy = *request;
	copy->url = NULL;
	copy->headers = NULL;
	copy->method = request->method && streq(request->method, "HEAD") ? "HEAD" : NULL;
	copy->form = xstrdup_null(request->form);
	copy->authorization = xstrdup_null(request->authorization);
	copy->trust.ca_file = xstrdup_null(request->trust.ca_file);
	copy->trust.ca_dir = xstrdup_null(request->trust.ca_dir);
	if (request->headers)
		strv_add_all(&t->headers, request->headers);
	t->position = request->offset;
}

struct transfer *http_start(struct http *h, const struct http_request *request)
{
	struct transfer *t = xcalloc(1, sizeof(*t));

	t->http = h;
	t->next = h->transfers;
	h->transfers = t;
	t->response.total = UINT64_MAX;
	copy_request(t, request);
	t->easy = curl_easy_init();
	if (!t->easy)
		transfer_fail(t, -ENOMEM, xasprintf("libcurl does not start"));
	if (t->easy && set_origin(t, request->url) >= 0)
		transfer_begin_try(t);
	else
		t->state = TRANSFER_IS_DONE;
	return t;
}

bool transfer_is_done(const struct transfer *t)
{
	return t->state == TRANSFER_IS_DONE;
}

const struct http_response *transfer_response(const struct transfer *t)
{
	return &t->response;
}

uint64_t transfer_position(const struct transfer *t)
{
	return t->position;
}

void transfer_resume(struct transfer *t)
{
	if (t->state != TRANSFER_RUNS || !t->paused)
		return;
	t->paused = false;
	t->window_bytes = 0;
	t->window_end = now_usec() + t->http->limits.stall;
	/* This may call the write callback, which may pause it again. */
	curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

static void free_secret(const char *secret)
{
	char *text = (char *)(uintptr_t)secret;

	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void transfer_free(struct transfer *t)
{
	struct transfer **link = &t->http->transfers;

	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	if (t->state == TRANSFER_RUNS)
		curl_multi_remove_handle(t->http->multi, t->easy);
	transfer_clear_fields(t);
	curl_easy_cleanup(t->easy);
	free_secret(t->request.form);
	free_secret(t->request.authorization);
	free_secret(t->request.trust.ca_file);
	free_secret(t->request.trust.ca_dir);
	if (t->body.buf)
		explicit_bzero(t->body.buf, t->body.alloc);
	strbuf_done(&t->body);
	strv_done(&t->headers);
	strv_done(&t->response.headers);
	url_done(&t->origin);
	url_done(&t->url);
	free(t->validator);
	free(t->response.wrong);
	free(t->response.url);
	free(t);
}

/* --- the loop ------------------------------------------------------------------------------- */

static usec_t earlier(usec_t a, usec_t b)
{
	return a == 0 || (b > 0 && b < a) ? b : a;
}

static usec_t next_deadline(const struct http *h, usec_t deadline)
{
	deadline = earlier(deadline, h->timer);
	for (const struct transfer *t = h->transfers; t; t = t->next)
		deadline = earlier(deadline, transfer_deadline(t));
	return deadline;
}

/* Tell libcurl what is ready; h->fds may change meanwhile. */
static void tell_ready(struct http *h, const struct pollfd *fds, size_t n)
{
	int running;

	for (size_t i = 0; i < n; i++) {
		int ready =
			(fds[i].revents & POLLIN ? CURL_CSELECT_IN : 0) |
			(fds[i].revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
			(fds[i].revents & (POLLERR | POLLHUP | POLLNVAL) ? CURL_CSELECT_ERR : 0);

		if (ready)
			curl_multi_socket_action(h->multi, fds[i].fd, ready, &running);
	}
	if (h->timer > 0 && h->timer <= now_usec()) {
		h->timer = 0;
		curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
}

static void end_hops(struct http *h)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(h->multi, &left))) {
		struct transfer *t = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)(void *)&t);
		transfer_end_hop(t, code);
	}
}

int http_poll(struct http *h, struct pollfd *fds, nfds_t n, usec_t deadline)
{
	size_t n_ours = h->n_fds;
	cleanup_free struct pollfd *all = xcalloc(n_ours + n + 1, sizeof(*all));
	int r;

	deadline = next_deadline(h, deadline);
	if (n_ours + n == 0 && deadline == 0)
		return 0;
	if (n_ours > 0)
		memcpy(all, h->fds, n_ours * sizeof(*all));
	if (n > 0)
		memcpy(all + n_ours, fds, n * sizeof(*all));
	r = interrupt_poll(all, n_ours + n, deadline);
	if (r < 0 && r != -ETIMEDOUT)
		return r;
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = r < 0 ? 0 : all[n_ours + i].revents;
	tell_ready(h, all, r < 0 ? 0 : n_ours);
	end_hops(h);
	for (struct transfer *t = h->transfers; t; t = t->next)
		transfer_check_time(t, now_usec());
	return 0;
}

int http_fetch(struct http *h, const struct http_request *request, struct transfer **ret)
{
	struct transfer *t = http_start(h, request);
	int r = 0;

	*ret = t;
	while (!transfer_is_done(t) && r >= 0)
		r = http_poll(h, NULL, 0, 0);
	return r < 0 ? r : t->response.error;
}
