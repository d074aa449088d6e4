/* SPDX-License-Identifier: MIT */
#include "http/transfer.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/parse.h"

/* Where nobody has answered yet, the name or the port may just be wrong. */
#define RETRIES_UNANSWERED 2
/* What a person is told of, who would wonder else. */
#define LONG_PAUSE (3 * USEC_PER_SEC)
/* After so much more content, a failure is the first of its row. */
#define PROGRESS_BYTES (1 << 20)
/* What goes back to a server as a validator. */
#define VALIDATOR_MAX 256
#define BUFFER_SIZE (128L * 1024)

/* --- the answer --------------------------------------------------------------------------- */

const char *http_header(const struct http_response *response, const char *name, unsigned nth)
{
	size_t n = strlen(name);

	STRV_FOREACH (field, &response->headers) {
		if (strncasecmp(field, name, n) == 0 && field[n] == ':' && nth-- == 0)
			return field + n + 1 + strspn(field + n + 1, " \t");
	}
	return NULL;
}

bool http_is_type(const struct http_response *response, const char *type)
{
	const char *value = http_header(response, "Content-Type", 0);
	size_t n = strlen(type);

	return value && strncasecmp(value, type, n) == 0 && strchr("; \t", value[n]);
}

static bool is_success(const struct transfer *t)
{
	return t->response.status >= 200 && t->response.status <= 299;
}

static bool is_get(const struct transfer *t)
{
	return !t->request.method && !t->request.form;
}

static void finish(struct transfer *t)
{
	t->response.body = strbuf_str(&t->body);
	t->response.body_len = t->body.len;
	t->state = TRANSFER_IS_DONE;
}

void transfer_fail(struct transfer *t, int error, char *wrong)
{
	if (t->response.error < 0) {
		free(wrong);
		return;
	}
	t->response.error = error;
	t->response.wrong = wrong;
}

/* --- which part of the content it is ------------------------------------------------------ */

/* The content begins at 0 again, though some of it was written. */
static int write_again(struct transfer *t)
{
	int r = t->request.restart ? t->request.restart(t->request.userdata) : -ESTALE;

	if (r >= 0)
		t->position = 0;
	else
		transfer_fail(t, r,
			      xasprintf("the content of %s changed while it was fetched",
					t->response.url));
	return r;
}

/* Content-Range: bytes FIRST-LAST/TOTAL, TOTAL may be '*' (RFC 9110, 14.4). */
static int parse_range(const char *value, uint64_t *ret_first, uint64_t *ret_total)
{
	cleanup_free char *text =
		value && strncasecmp(value, "bytes ", 6) == 0 ? xstrdup(value + 6) : NULL;
	char *dash = text ? strchr(text, '-') : NULL, *slash = dash ? strchr(dash, '/') : NULL;
	uint64_t last;

	if (!slash)
		return -EINVAL;
	*dash = *slash = '\0';
	*ret_total = UINT64_MAX;
	if (parse_u64(text, 0, UINT64_MAX, ret_first) < 0 ||
	    parse_u64(dash + 1, *ret_first, UINT64_MAX - 1, &last) < 0)
		return -EINVAL;
	return streq(slash + 1, "*") ? 0
				     : parse_u64(slash + 1, last + 1, UINT64_MAX - 1, ret_total);
}

static int accept_range(struct transfer *t)
{
	uint64_t first, total;

	if (t->from == 0 ||
	    parse_range(http_header(&t->response, "Content-Range", 0), &first, &total) < 0 ||
	    first != t->from) {
		transfer_fail(
			t, -EPROTO,
			xasprintf("%s sends another part than it was asked for", t->url.host));
		return -EPROTO;
	}
	if (total != UINT64_MAX && t->response.total != UINT64_MAX && total != t->response.total) {
		transfer_fail(t, -ESTALE,
			      xasprintf("the content of %s changed while it was fetched",
					t->response.url));
		return -ESTALE;
	}
	if (total != UINT64_MAX)
		t->response.total = total;
	return 0;
}

/* A strong validator (RFC 9110, 8.8). */
static void keep_validator(struct transfer *t)
{
	const char *value = http_header(&t->response, "ETag", 0);

	free(t->validator);
	t->validator =
		value && *value == '"' && strlen(value) <= VALIDATOR_MAX ? xstrdup(value) : NULL;
}

static int accept_content(struct transfer *t)
{
	const char *length = http_header(&t->response, "Content-Length", 0);

	if (t->response.status == 206)
		return accept_range(t);
	if (t->position > 0 && t->request.immutable)
		t->skip = t->position;
	else if (t->position > 0 && write_again(t) < 0)
		return -ESTALE;
	if (!length || parse_u64(length, 0, UINT64_MAX - 1, &t->response.total) < 0)
		t->response.total = UINT64_MAX;
	keep_validator(t);
	return 0;
}

static int check_size(struct transfer *t, uint64_t size)
{
	if (t->request.max_bytes == 0 || size <= t->request.max_bytes)
		return 0;
	transfer_fail(t, -EFBIG,
		      xasprintf("%s is longer than %llu bytes", t->response.url,
				(unsigned long long)t->request.max_bytes));
	return -EFBIG;
}

static int on_answer(struct transfer *t)
{
	int r;

	t->answered = true;
	log_debug("%d from %s", t->response.status, t->response.url);
	if (!is_success(t) || !is_get(t))
		return 0;
	r = accept_content(t);
	return r < 0 || t->response.total == UINT64_MAX ? r : check_size(t, t->response.total);
}

/* --- what libcurl calls ------------------------------------------------------------------- */

/* "HTTP/1.1 200 OK", "HTTP/2 200" */
static int parse_status(const char *line)
{
	const char *p = strchr(line, ' ');

	if (!p || !isdigit((unsigned char)p[1]) || !isdigit((unsigned char)p[2]) ||
	    !isdigit((unsigned char)p[3]))
		return 0;
	return (p[1] - '0') * 100 + (p[2] - '0') * 10 + p[3] - '0';
}

/* A line: the status, fields, an empty one. After interim answers (1xx) there is one more answer. */
static int on_header_line(struct transfer *t, const char *line)
{
	struct strv *fields = &t->response.headers;

	if (t->response.status < 200 && strncasecmp(line, "HTTP/", 5) == 0 && fields->n == 0) {
		t->response.status = parse_status(line);
		return 0;
	}
	if (*line) {
		strv_add(fields, line);
		return 0;
	}
	if (t->response.status < 200) {
		strv_done(fields);
		return 0;
	}
	t->header_done = true;
	return on_answer(t);
}

static size_t on_header(char *data, size_t size, size_t n, void *userdata)
{
	struct transfer *t = userdata;
	cleanup_free char *line = NULL;

	n *= size;
	t->window_bytes += n;
	t->header_bytes += n;
	if (t->header_bytes > HTTP_HEADERS_MAX) {
		transfer_fail(t, -EMSGSIZE,
			      xasprintf("the header of what %s answers is too long", t->url.host));
		return 0;
	}
	if (t->header_done) /* the trailer of a chunked body */
		return n;
	line = xstrndup(data, n);
	line[strcspn(line, "\r\n")] = '\0';
	return on_header_line(t, line) < 0 ? 0 : n;
}

/* The text of a failure: as much of it as is kept. */
static size_t keep_failure(struct transfer *t, const char *data, size_t n)
{
	size_t room = HTTP_BODY_MAX - t->body.len;

	strbuf_add(&t->body, data, n < room ? n : room);
	t->cut = n > room;
	return t->cut ? 0 : n;
}

static size_t on_body(char *data, size_t size, size_t n, void *userdata)
{
	struct transfer *t = userdata;
	size_t drop;
	int r = 0;

	n *= size;
	t->window_bytes += n;
	if (!is_success(t))
		return keep_failure(t, data, n);
	drop = n < t->skip ? n : (size_t)t->skip;
	if (check_size(t, t->position + (n - drop)) < 0)
		return 0;
	if (n == drop)
		;
	else if (t->request.write)
		r = t->request.write(t->request.userdata, data + drop, n - drop);
	else
		strbuf_add(&t->body, data + drop, n - drop);
	if (r == HTTP_PAUSE) {
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (r < 0) {
		transfer_fail(t, r, xstrdup("cannot keep what was fetched"));
		return 0;
	}
	t->skip -= drop;
	t->position += n - drop;
	return n;
}

/* --- a hop -------------------------------------------------------------------------------- */

static void add_field(struct transfer *t, const char *name, const char *value)
{
	cleanup_free char *field = value ? xasprintf("%s: %s", name, value) : xstrdup(name);
	struct curl_slist *longer = curl_slist_append(t->fields, field);

	explicit_bzero(field, strlen(field));
	if (longer)
		t->fields = longer;
}

/* "Name: value", one after the other. */
static void set_fields(struct transfer *t)
{
	STRV_FOREACH (field, &t->headers)
		add_field(t, field, NULL);
	if (t->request.authorization && !t->elsewhere)
		add_field(t, "Authorization", t->request.authorization);
	t->from = t->position > 0 && (t->request.immutable || t->validator) ? t->position : 0;
	if (t->from > 0 && !t->request.immutable)
		add_field(t, "If-Range", t->validator);
	if (t->from > 0) {
		cleanup_free char *range = xasprintf("bytes=%llu-", (unsigned long long)t->from);

		add_field(t, "Range", range);
	}
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->fields);
}

static void set_trust(struct transfer *t)
{
	const struct http_trust *trust = &t->request.trust;
	bool unverified = trust->unverified && strcasecmp(t->url.host, t->origin.host) == 0;

	curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, unverified ? 0L : 1L);
	curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, unverified ? 0L : 2L);
	/* Each replaces one of the two that are built in, and the other one stays: on Debian both hold what
	 * the system trusts. */
	if (trust->ca_file)
		curl_easy_setopt(t->easy, CURLOPT_CAINFO, trust->ca_file);
	if (trust->ca_dir)
		curl_easy_setopt(t->easy, CURLOPT_CAPATH, trust->ca_dir);
}

static void set_options(struct transfer *t)
{
	CURL *e = t->easy;

	curl_easy_reset(e);
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->curl_error);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	/* An interrupt does not wait for the resolver's thread. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_URL, t->url.text);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "sdme/" SDME_VERSION);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(t->http->limits.connect / USEC_PER_MSEC));
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, BUFFER_SIZE);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	/* Neither sees the other's fields: a proxy no Authorization, and we not what a proxy says. */
	curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(e, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	if (t->request.form)
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->request.form);
	else if (!is_get(t))
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
}

void transfer_clear_fields(struct transfer *t)
{
	for (struct curl_slist *f = t->fields; f; f = f->next)
		explicit_bzero(f->data, strlen(f->data));
	curl_slist_free_all(t->fields);
	t->fields = NULL;
}

static void begin_hop(struct transfer *t)
{
	strv_done(&t->response.headers);
	free(t->response.url);
	t->response.url = url_redacted(&t->url);
	t->response.elsewhere = t->elsewhere;
	t->response.status = 0;
	strbuf_clear(&t->body);
	t->header_bytes = 0;
	t->header_done = t->cut = t->paused = false;
	t->skip = t->window_bytes = 0;
	t->window_end = now_usec() + t->http->limits.stall;
	*t->curl_error = '\0';
	if (!t->request.write)
		t->position = 0;
	set_options(t);
	set_fields(t);
	set_trust(t);
	log_debug("%s %s", t->request.form ? "POST" : is_get(t) ? "GET" : "HEAD", t->response.url);
	t->state = TRANSFER_RUNS;
	curl_multi_add_handle(t->http->multi, t->easy);
}

void transfer_begin_try(struct transfer *t)
{
	struct url url = URL_INIT;

	/* It was parsed before. Each try begins where the first one did: addresses that a redirect leads to
	 * are often valid for a short time only. */
	(void)url_parse(t->origin.text, NULL, &url);
	url_done(&t->url);
	t->url = url;
	t->redirects = 0;
	t->elsewhere = false;
	begin_hop(t);
}

/* --- the end of a hop --------------------------------------------------------------------- */

static bool is_redirect(const struct transfer *t)
{
	int status = t->response.status;

	return !t->request.form && http_header(&t->response, "Location", 0) &&
	       (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

static void follow(struct transfer *t)
{
	const char *location = http_header(&t->response, "Location", 0);
	struct url next = URL_INIT;
	int r = url_parse(location, &t->url, &next);

	if (r < 0)
		transfer_fail(t, r,
			      xasprintf("%s redirects to what is no address of http or https",
					t->url.host));
	else if (next.user || next.password)
		transfer_fail(t, -EPERM,
			      xasprintf("%s redirects to an address with a password", t->url.host));
	else if (t->url.tls && !next.tls)
		transfer_fail(t, -EPERM, xasprintf("%s redirects from https to http", t->url.host));
	else if (++t->redirects > HTTP_REDIRECTS_MAX)
		transfer_fail(t, -ELOOP,
			      xasprintf("%s redirects more than %d times", t->url.host,
					HTTP_REDIRECTS_MAX));
	if (t->response.error < 0) {
		url_done(&next);
		finish(t);
		return;
	}
	t->elsewhere = t->elsewhere || !url_same_origin(&t->origin, &next);
	url_done(&t->url);
	t->url = next;
	begin_hop(t);
}

/* What the server asks for: seconds, or a date (RFC 9110, 10.2.3); -1: nothing. */
static int64_t asked_pause(const struct transfer *t)
{
	const char *value = t->response.status ? http_header(&t->response, "Retry-After", 0) : NULL;
	uint64_t seconds;
	time_t date;
	int r;

	if (!value)
		return -1;
	r = parse_u64(value, 0, INT64_MAX / 2 / USEC_PER_SEC, &seconds);
	if (r == -ERANGE)
		return INT64_MAX;
	if (r == 0)
		return (int64_t)(seconds * USEC_PER_SEC);
	date = curl_getdate(value, NULL);
	if (date == -1)
		return -1;
	return date > time(NULL) ? (int64_t)(date - time(NULL)) * (int64_t)USEC_PER_SEC : 0;
}

/* Between a half and the whole of what is due, so that many clients do not come at one time. */
static usec_t own_pause(const struct transfer *t)
{
	usec_t pause = t->http->limits.pause, chance = 0;

	for (unsigned i = 0; i < t->failures && pause < t->http->limits.pause_max; i++)
		pause *= 2;
	if (pause > t->http->limits.pause_max)
		pause = t->http->limits.pause_max;
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		chance = now_usec();
	return pause / 2 + chance % (pause / 2 + 1);
}

/* Whether a try after the pause comes too late. */
static bool is_late(const struct transfer *t, usec_t pause)
{
	const struct http_limits *limits = &t->http->limits;

	return pause > limits->pause_max ||
	       (limits->patience > 0 && now_usec() + pause > t->failing_since + limits->patience);
}

static void fail_try(struct transfer *t, int error, char *wrong)
{
	unsigned retries = t->http->limits.retries;
	int64_t asked = asked_pause(t);
	usec_t pause;

	if (t->position >= t->failed_at + PROGRESS_BYTES)
		t->failures = 0;
	if (t->failures == 0) {
		t->failed_at = t->position;
		t->failing_since = now_usec();
	}
	pause = asked >= 0 ? (usec_t)asked : own_pause(t);
	if (!t->answered && retries > RETRIES_UNANSWERED)
		retries = RETRIES_UNANSWERED;
	if (error >= 0)
		wrong = xasprintf("%s answers with status %d", t->url.host, t->response.status);
	if (t->failures >= retries || is_late(t, pause)) {
		if (error < 0)
			transfer_fail(t, error, TAKE_PTR(wrong));
		free(wrong);
		finish(t);
		return;
	}
	if (pause >= LONG_PAUSE)
		log_notice("%s, trying again in %llu s", wrong,
			   (unsigned long long)(pause / USEC_PER_SEC));
	else
		log_debug("%s, trying again", wrong);
	free(wrong);
	t->failures++;
	t->retry_at = now_usec() + pause;
	t->state = TRANSFER_WAITS;
}

/* There is an answer, and all of it. */
static void settle(struct transfer *t)
{
	static const int passing[] = { 408, 429, 500, 502, 503, 504 };

	if (is_redirect(t)) {
		follow(t);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(passing); i++) {
		if (t->response.status == passing[i]) {
			fail_try(t, 0, NULL);
			return;
		}
	}
	if (is_success(t) && is_get(t) && t->response.total != UINT64_MAX &&
	    t->position < t->response.total)
		fail_try(t, -ECONNRESET, xasprintf("%s ends too early", t->response.url));
	else
		finish(t);
}

void transfer_end_hop(struct transfer *t, CURLcode code)
{
	char *wrong = NULL;
	int r;

	curl_multi_remove_handle(t->http->multi, t->easy);
	transfer_clear_fields(t);
	if (t->response.error < 0) {
		finish(t);
	} else if (code == CURLE_OK || t->cut) {
		settle(t);
	} else {
		r = transfer_explain(t, code, &wrong);
		if (transfer_may_retry(code)) {
			fail_try(t, r, wrong);
		} else {
			transfer_fail(t, r, wrong);
			finish(t);
		}
	}
}

/* --- time --------------------------------------------------------------------------------- */

usec_t transfer_deadline(const struct transfer *t)
{
	if (t->state == TRANSFER_WAITS)
		return t->retry_at;
	return t->state == TRANSFER_RUNS && !t->paused ? t->window_end : 0;
}

void transfer_check_time(struct transfer *t, usec_t now)
{
	if (transfer_deadline(t) == 0 || now < transfer_deadline(t))
		return;
	if (t->state == TRANSFER_WAITS) {
		transfer_begin_try(t);
		return;
	}
	if (t->window_bytes < t->http->limits.stall_bytes) {
		curl_multi_remove_handle(t->http->multi, t->easy);
		transfer_clear_fields(t);
		fail_try(t, -ETIMEDOUT,
			 xasprintf("%s sends nothing any more, or hardly anything", t->url.host));
		return;
	}
	t->window_bytes = 0;
	t->window_end = now + t->http->limits.stall;
}
