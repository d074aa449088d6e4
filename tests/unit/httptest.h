/* SPDX-License-Identifier: MIT */
/* httptest: requests to the server of server.h, for tests of them. */
#pragma once

#include "server.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "http/http.h"

static struct http *http;

static int setup(void **state)
{
	return server_start(state) == 0 && http_new(&quick, &http) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	http_free(http);
	return server_stop(state);
}

static char *url_of(const char *name, const char *path)
{
	const char *host = strcmp(name, "b") == 0 ? "127.0.0.2" : "127.0.0.1";

	return xasprintf("%s://%s:%u%s",
			 strcmp(name, "a") == 0 || strcmp(name, "b") == 0 ? "http" : "https", host,
			 server_port(name), path);
}

/* What is written, and how often it began again. */
struct sink {
	struct strbuf data;
	int restarts, pauses, result;
};

__attribute__((unused)) static int sink_write(void *userdata, const void *data, size_t len)
{
	struct sink *s = userdata;

	if (s->result != 0)
		return s->result;
	if (s->pauses > 0) {
		s->pauses--;
		return HTTP_PAUSE;
	}
	strbuf_add(&s->data, data, len);
	return 0;
}

__attribute__((unused)) static int sink_restart(void *userdata)
{
	struct sink *s = userdata;

	s->restarts++;
	strbuf_clear(&s->data);
	return 0;
}

/* GET it with what the request says, its body kept in the response. */
static int get(struct http_request request, const char *name, const char *path, struct transfer **t)
{
	char *url = url_of(name, path);
	int r;

	request.url = url;
	if (request.max_bytes == 0)
		request.max_bytes = 1 << 16;
	server_forget();
	r = http_fetch(http, &request, t);
	free(url);
	return r;
}

static void assert_gets(const char *path, int status, const char *body)
{
	cleanup_transfer struct transfer *t = NULL;

	assert_int_equal(get((struct http_request){ 0 }, "a", path, &t), 0);
	assert_int_equal(transfer_response(t)->status, status);
	assert_string_equal(transfer_response(t)->body, body);
	assert_int_equal(transfer_response(t)->body_len, strlen(body));
}

/* It fails with this error and words in which there are those. */
static void assert_fails(struct http_request request, const char *name, const char *path, int error,
			 const char *words)
{
	cleanup_transfer struct transfer *t = NULL;
	int r = get(request, name, path, &t);
	const char *wrong = transfer_response(t)->wrong;

	if (r != error || !wrong || !strstr(wrong, words))
		fail_msg("%s: %d (%s), not %d (%s)", path, r, wrong ? wrong : "-", error, words);
}

/* How many requests there were. */
static int n_requests(void)
{
	int n = 0;

	for (const char *p = server_log(); (p = strchr(p, '\n')); p++)
		n++;
	return n;
}
