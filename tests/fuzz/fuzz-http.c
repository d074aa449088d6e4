/* SPDX-License-Identifier: MIT */
/* What servers answer: the first byte says what is asked for, then each text up to a NUL is an answer: a
 * byte for how its connection ends, the header, an empty line, the body. Whatever they say, nobody waits for
 * longer than the limit, no more is kept than was allowed, redirects come to an end, and the field
 * Authorization goes to the first server only. */
#include "fuzz.h"

#include <errno.h>

/* Its callbacks are libcurl's otherwise. */
#include "http/transfer.c"

static struct http *http;
static const struct http_limits limits = {
	.connect = USEC_PER_SEC,
	.stall = USEC_PER_SEC,
	.stall_bytes = 1,
	.retries = 3,
	.pause = 1,
	.pause_max = 5 * USEC_PER_SEC,
};

struct sink {
	uint64_t n;
	bool immutable;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	discard_messages();
	return http_new(&limits, &http);
}

static int sink_write(void *userdata, const void *data, size_t len)
{
	struct sink *s = userdata;

	(void)data;
	s->n += len;
	return 0;
}

static int sink_restart(void *userdata)
{
	struct sink *s = userdata;

	PROPERTY(!s->immutable);
	s->n = 0;
	return 0;
}

static bool sends_authorization(const struct transfer *t)
{
	for (const struct curl_slist *f = t->fields; f; f = f->next) {
		if (strncasecmp(f->data, "Authorization:", 14) == 0)
			return true;
	}
	return false;
}

static void check_hop(const struct transfer *t)
{
	PROPERTY(t->redirects <= HTTP_REDIRECTS_MAX);
	PROPERTY(t->url.tls || !t->origin.tls);
	PROPERTY(!t->url.user && !t->url.password);
	PROPERTY(!sends_authorization(t) || url_same_origin(&t->origin, &t->url));
	PROPERTY(sends_authorization(t) == !t->elsewhere);
}

/* The lines of the header one by one, as libcurl hands them over; then the body. */
static CURLcode answer(struct transfer *t, char *text, size_t n)
{
	static const CURLcode codes[] = { CURLE_OK, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY,
					  CURLE_OPERATION_TIMEDOUT };
	CURLcode code = codes[n > 0 ? (unsigned char)*text % ARRAY_SIZE(codes) : 0];
	char *end = text + n;

	text += n > 0;
	while (text < end && !t->header_done) {
		char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t len = newline ? (size_t)(newline + 1 - text) : (size_t)(end - text);

		if (on_header(text, 1, len, t) != len)
			return CURLE_WRITE_ERROR;
		text += len;
	}
	if (t->header_done && text < end && on_body(text, 1, (size_t)(end - text), t) != (size_t)(end - text))
		return CURLE_WRITE_ERROR;
	return code;
}

static void check_end(const struct transfer *t, const struct sink *sink)
{
	const struct http_response *r = transfer_response(t);

	PROPERTY((r->error < 0) == (r->wrong != NULL));
	PROPERTY(r->error < 0 || (r->status >= 0 && r->status <= 999));
	PROPERTY(r->body_len <= HTTP_BODY_MAX);
	PROPERTY(!t->request.write || sink->n == t->position);
	PROPERTY(t->request.max_bytes == 0 || sink->n <= t->request.max_bytes);
}

static void run(struct transfer *t, char *p, char *end, struct sink *sink)
{
	while (t->state != TRANSFER_IS_DONE && p < end) {
		char *nul = memchr(p, 0, (size_t)(end - p));
		size_t n = nul ? (size_t)(nul - p) : (size_t)(end - p);

		check_hop(t);
		transfer_end_hop(t, answer(t, p, n));
		if (t->state == TRANSFER_WAITS) {
			PROPERTY(usec_until(t->retry_at) <= limits.pause_max);
			transfer_begin_try(t);
		}
		p += n + 1;
	}
	if (t->state == TRANSFER_IS_DONE)
		check_end(t, sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sink sink = { .n = 0 };
	struct http_request request = { .authorization = "Basic secret", .userdata = &sink };
	char *copy;
	struct transfer *t;

	if (size < 1 || size > 64 * 1024)
		return 0;
	request.url = data[0] & 1 ? "https://a.example/x" : "http://a.example/x";
	request.immutable = sink.immutable = data[0] & 2;
	request.write = data[0] & 4 ? sink_write : NULL;
	request.restart = data[0] & 8 ? sink_restart : NULL;
	request.max_bytes = request.write && data[0] & 16 ? 0 : 1000;
	request.method = data[0] & 32 ? "HEAD" : NULL;
	copy = xcalloc(1, size);
	memcpy(copy, data + 1, size - 1);
	t = http_start(http, &request);
	run(t, copy, copy + size - 1, &sink);
	transfer_free(t);
	free(copy);
	return 0;
}
