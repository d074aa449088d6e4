/* SPDX-License-Identifier: MIT */
/* Requests to servers that do not behave. */
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include "base/alloc.h"
#include "base/interrupt.h"
#include "base/strbuf.h"
#include "http/http.h"
#include "http/url.h"

/* No test waits for anything that a limit makes it wait for. */
static const struct http_limits quick = {
	.connect = 60 * USEC_PER_SEC,
	.stall = 60 * USEC_PER_SEC,
	.stall_bytes = 100,
	.retries = 3,
	.pause = 2 * USEC_PER_MSEC,
	.pause_max = 20 * USEC_PER_MSEC,
};

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

static int sink_write(void *userdata, const void *data, size_t len)
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

static int sink_restart(void *userdata)
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

static void test_plain(void **state)
{
	cleanup_transfer struct transfer *t = NULL, *head = NULL;
	const struct http_response *r;

	(void)state;
	assert_int_equal(get((struct http_request){ 0 }, "a", "/ok?secret=x", &t), 0);
	r = transfer_response(t);
	assert_int_equal(r->status, 200);
	assert_string_equal(r->body, "hello");
	assert_int_equal(r->total, 5);
	assert_string_equal(http_header(r, "X-TWICE", 0), "one");
	assert_string_equal(http_header(r, "X-Twice", 1), "two");
	assert_null(http_header(r, "X-Twice", 2));
	assert_null(http_header(r, "X-Twic", 0));
	assert_true(http_is_type(r, "Text/plain"));
	assert_false(http_is_type(r, "text/plai"));
	assert_false(r->elsewhere);
	assert_null(strstr(r->url, "secret"));

	assert_int_equal(get((struct http_request){ .method = "HEAD" }, "a", "/ok", &head), 0);
	assert_int_equal(transfer_response(head)->status, 200);
	assert_int_equal(transfer_response(head)->body_len, 0);
	assert_non_null(strstr(server_log(), "a HEAD /ok |"));
}

static void test_fields(void **state)
{
	cleanup_transfer struct transfer *t = NULL, *post = NULL;
	cleanup_strv struct strv headers = STRV_INIT;

	(void)state;
	strv_add(&headers, "Range: bytes=1-2");
	assert_int_equal(
		get((struct http_request){ .headers = &headers, .authorization = "Bearer x" }, "a",
		    "/ok", &t),
		0);
	assert_string_equal(server_log(), "a GET /ok | Bearer x | bytes=1-2 |  | \n");
	assert_int_equal(get((struct http_request){ .form = "a=b&c=d" }, "a", "/ok", &post), 0);
	assert_string_equal(server_log(), "a POST /ok |  |  |  | a=b&c=d\n");
}

static void test_login_in_url(void **state)
{
	char *url = xasprintf(
		"http://me:p%%40ss@127.0.0.1:%u/redirect/302/http%%3A%%2F%%2F127.0.0.2%%3A%u%%2Fok",
		server_port("a"), server_port("b"));
	cleanup_transfer struct transfer *t = NULL;

	(void)state;
	server_forget();
	assert_int_equal(
		http_fetch(http, &(struct http_request){ .url = url, .max_bytes = 100 }, &t), 0);
	assert_non_null(strstr(server_log(), "| Basic bWU6cEBzcw== |"));
	assert_non_null(strstr(server_log(), "b GET /ok |  |"));
	free(url);
}

static void test_statuses(void **state)
{
	(void)state;
	assert_gets("/nothing", 404, "nothing here");
	assert_int_equal(n_requests(), 1);
	assert_gets("/flaky/9/403", 403, "failed");
	assert_int_equal(n_requests(), 1);
	/* No redirect: there is nowhere to go. */
	assert_gets("/flaky/9/302", 302, "failed");
	assert_gets("/raw/closed", 200, "hello");
	assert_gets("/raw/interim", 200, "hello");
	/* It is not decoded. */
	assert_gets("/raw/gzip", 200, "hello");
	/* More than it said is not read. */
	assert_gets("/length/4", 200, "hell");
}

static void test_urls(void **state)
{
	static const struct {
		const char *url;
		int error;
	} wrong[] = {
		{ "file:///etc/passwd", -EPROTONOSUPPORT },
		{ "ftp://127.0.0.1/x", -EPROTONOSUPPORT },
		{ "gopher://127.0.0.1/", -EPROTONOSUPPORT },
		{ "x", -EINVAL },
		{ "", -EINVAL },
		{ "http://", -EINVAL },
		{ "http://a b/", -EINVAL },
		{ "http://127.0.0.1:99999/", -EINVAL },
		{ "http://127.0.0.1/\r\nX: y", -EINVAL },
		{ "http://u%0a:p@127.0.0.1/", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_transfer struct transfer *t = NULL;

		if (http_fetch(http, &(struct http_request){ .url = wrong[i].url, .max_bytes = 1 },
			       &t) != wrong[i].error)
			fail_msg("'%s': %d", wrong[i].url, transfer_response(t)->error);
	}
}

static void test_origins(void **state)
{
	static const char *const others[] = { "http://a.example/x",	  "http://a.example:443/x",
					      "https://a.example:8443/x", "https://b.example/x",
					      "https://a.example.:443/x", "https://xa.example/x" };
	cleanup_url struct url u = URL_INIT;

	(void)state;
	assert_int_equal(url_parse("https://A.example/x?y#z", NULL, &u), 0);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		cleanup_url struct url other = URL_INIT;

		assert_int_equal(url_parse(others[i], NULL, &other), 0);
		if (url_same_origin(&u, &other))
			fail_msg("%s", others[i]);
	}
	url_done(&u);
	assert_int_equal(url_parse("https://u:p@a.example/x?y#z", NULL, &u), 0);
	assert_string_equal(u.text, "https://a.example/x?y");
	{
		cleanup_url struct url same = URL_INIT;
		char *text = url_redacted(&u);

		assert_string_equal(text, "https://a.example/x");
		free(text);
		assert_int_equal(url_parse("HTTPS://A.EXAMPLE:443/", NULL, &same), 0);
		assert_true(url_same_origin(&u, &same));
	}
}

/* --- redirects ---------------------------------------------------------------------------- */

static char *redirect_to(const char *url)
{
	cleanup_free char *escaped = url_escape(url);

	return xasprintf("/redirect/307/%s", escaped);
}

static void assert_redirect(const char *to, int error, const char *words)
{
	char *path = redirect_to(to);

	assert_fails((struct http_request){ .authorization = "Basic x" }, "a", path, error, words);
	assert_int_equal(n_requests(), 1);
	free(path);
}

static void test_redirects(void **state)
{
	(void)state;
	assert_gets("/redirect/301/%2Fok", 200, "hello");
	assert_gets("/redirect/308/..%2F..%2Fok", 200, "hello");
	assert_gets("/loop/10", 200, "hello");
	assert_fails((struct http_request){ 0 }, "a", "/loop/11", -ELOOP, "more than 10 times");
	assert_int_equal(n_requests(), 11);
	assert_redirect("file:///etc/passwd", -EPROTONOSUPPORT, "no address");
	assert_redirect("ftp://127.0.0.2/x", -EPROTONOSUPPORT, "no address");
	assert_redirect("http://u:p@127.0.0.2/x", -EPERM, "password");
	assert_redirect("http://[::1/x", -EINVAL, "no address");
}

/* The field goes to the first origin only: not to another host, not to another port, and not back. */
static void test_redirect_authorization(void **state)
{
	const struct http_request request = { .authorization = "Basic secret" };
	char *same = redirect_to("/ok"), *url = url_of("b", "/ok"), *other = redirect_to(url);
	char *name = xasprintf("http://localhost:%u/ok", server_port("a")),
	     *by_name = redirect_to(name);
	char *home = url_of("a", "/ok"), *back = redirect_to(home), *far = url_of("b", back),
	     *there = redirect_to(far);
	struct transfer *t;

	(void)state;
	assert_int_equal(get(request, "a", same, &t), 0);
	assert_non_null(strstr(server_log(), "a GET /ok | Basic secret |"));
	assert_false(transfer_response(t)->elsewhere);
	transfer_free(t);

	assert_int_equal(get(request, "a", other, &t), 0);
	assert_non_null(strstr(server_log(), "b GET /ok |  |"));
	assert_true(transfer_response(t)->elsewhere);
	transfer_free(t);

	assert_int_equal(get(request, "a", by_name, &t), 0);
	assert_non_null(strstr(server_log(), "a GET /ok |  |"));
	transfer_free(t);

	assert_int_equal(get(request, "a", there, &t), 0);
	assert_non_null(strstr(server_log(), "a GET /ok |  |"));
	assert_int_equal(n_requests(), 3);
	transfer_free(t);
	free(same), free(url), free(other), free(name), free(by_name), free(home), free(back),
		free(far), free(there);
}

static void test_redirect_port(void **state)
{
	char *ca = xasprintf("%s/ca.pem", server_dir);
	const struct http_request request = { .authorization = "Basic secret",
					      .trust.ca_file = ca };
	char *url = url_of("tls", "/ok"), *other = redirect_to(url), *plain = url_of("a", "/ok"),
	     *down = redirect_to(plain);
	cleanup_transfer struct transfer *t = NULL;

	(void)state;
	/* The same host, another port. */
	assert_int_equal(get(request, "a", other, &t), 0);
	assert_non_null(strstr(server_log(), "tls GET /ok |  |"));
	assert_fails(request, "tls", down, -EPERM, "from https to http");
	assert_int_equal(n_requests(), 1);
	free(ca), free(url), free(other), free(plain), free(down);
}

/* --- tries -------------------------------------------------------------------------------- */

static void test_retries(void **state)
{
	static const int passing[] = { 408, 429, 500, 502, 503, 504 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(passing); i++) {
		char *path = xasprintf("/flaky/3/%d", passing[i]),
		     *worse = xasprintf("/flaky/9/%d", passing[i]);

		assert_gets(path, 200, "hello");
		assert_int_equal(n_requests(), 4);
		assert_gets(worse, passing[i], "failed");
		assert_int_equal(n_requests(), 4);
		free(path), free(worse);
	}
	assert_gets("/flaky/1/501", 501, "failed");
}

static void test_retry_after(void **state)
{
	(void)state;
	assert_gets("/flaky/1/429?after=date", 200, "hello");
	assert_gets("/flaky/1/429?after=nonsense", 200, "hello");
	/* More than we are ready to wait: the status is the answer. */
	assert_gets("/flaky/1/429?after=60", 429, "failed");
	assert_gets("/flaky/1/429?after=1000000000", 429, "failed");
	assert_gets("/flaky/1/429?after=99999999999999999999999", 429, "failed");
	assert_gets("/flaky/1/429?after=later", 429, "failed");
	assert_int_equal(n_requests(), 1);
}

static void test_connections(void **state)
{
	char *url = NULL;
	cleanup_transfer struct transfer *t = NULL;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	/* Nobody has answered yet: two more tries. */
	assert_gets("/drop/2", 200, "hello");
	assert_fails((struct http_request){ 0 }, "a", "/drop/9", -ECONNRESET, "broke off");
	assert_int_equal(n_requests(), 3);
	/* A port that nobody listens on. */
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	url = xasprintf("http://127.0.0.1:%u/", ntohs(address.sin_port));
	assert_int_equal(http_fetch(http, &(struct http_request){ .url = url, .max_bytes = 1 }, &t),
			 -ECONNREFUSED);
	assert_non_null(strstr(transfer_response(t)->wrong, "Connection refused"));
	close(fd);
	free(url);
}

static void test_name(void **state)
{
	cleanup_transfer struct transfer *t = NULL;

	(void)state;
	assert_int_equal(http_fetch(http,
				    &(struct http_request){ .url = "http://nowhere.invalid/x",
							    .max_bytes = 1 },
				    &t),
			 -EHOSTUNREACH);
	assert_string_equal(transfer_response(t)->wrong,
			    "the name nowhere.invalid does not resolve");
}

static void test_protocol(void **state)
{
	(void)state;
	assert_fails((struct http_request){ 0 }, "a", "/raw/ssh", -EPROTO, "does not speak HTTP");
	assert_fails((struct http_request){ 0 }, "a", "/huge/header", -EMSGSIZE, "too long");
	assert_fails((struct http_request){ 0 }, "a", "/huge/interim", -EMSGSIZE, "too long");
	assert_fails((struct http_request){ 0 }, "a", "/chunked/garbage", -ECONNRESET, "broke off");
	assert_fails((struct http_request){ 0 }, "a", "/chunked/endless", -ECONNRESET, "broke off");
	assert_fails((struct http_request){ 0 }, "a", "/chunked/cut", -ECONNRESET, "broke off");
	assert_fails((struct http_request){ .max_bytes = 4 }, "a", "/ok", -EFBIG,
		     "longer than 4 bytes");
	assert_fails((struct http_request){ .max_bytes = 4 }, "a", "/raw/closed", -EFBIG,
		     "longer than 4 bytes");
	assert_int_equal(n_requests(), 1);
}

static void test_failure_text(void **state)
{
	cleanup_transfer struct transfer *t = NULL, *trailer = NULL;

	(void)state;
	assert_int_equal(get((struct http_request){ .max_bytes = 10 }, "a", "/huge/body", &t), 0);
	assert_int_equal(transfer_response(t)->status, 404);
	assert_int_equal(transfer_response(t)->body_len, HTTP_BODY_MAX);
	/* What follows the body is no header. */
	assert_int_equal(get((struct http_request){ 0 }, "a", "/chunked/trailer", &trailer), 0);
	assert_int_equal(transfer_response(trailer)->status, 200);
	assert_null(http_header(transfer_response(trailer), "X-Twice", 0));
}

/* The limits of what follows, until unhurried(). A transfer that is as quick as the machine allows may
 * hit them too, when much else runs. */
static struct http *hurried(void)
{
	struct http_limits limits = quick;
	struct http *saved = http;

	limits.stall = 100 * USEC_PER_MSEC;
	assert_int_equal(http_new(&limits, &http), 0);
	return saved;
}

static void unhurried(struct http *saved)
{
	http_free(http);
	http = saved;
}

/* Patience ends before the tries do, whose pauses alone are longer. */
static void test_patience(void **state)
{
	struct http_limits limits = quick;
	struct http *saved = http;

	(void)state;
	limits.retries = 2000;
	limits.pause = limits.pause_max = USEC_PER_MSEC;
	limits.patience = 50 * USEC_PER_MSEC;
	assert_int_equal(http_new(&limits, &http), 0);
	assert_gets("/flaky/300/503?after=nonsense", 503, "failed");
	unhurried(saved);
}

static void test_stalls(void **state)
{
	struct http *saved = hurried();

	(void)state;
	assert_fails((struct http_request){ 0 }, "a", "/stall/10", -ETIMEDOUT,
		     "sends nothing any more");
	assert_int_equal(n_requests(), 4);
	/* Bytes come, but too few of them. */
	assert_fails((struct http_request){ 0 }, "a", "/trickle/header", -ETIMEDOUT,
		     "hardly anything");
	assert_fails((struct http_request){ 0 }, "a", "/trickle/body", -ETIMEDOUT,
		     "hardly anything");
	unhurried(saved);
}

/* --- going on after a break --------------------------------------------------------------- */

/* 1000 bytes come whole, by so many requests, of which the last has these fields. */
static void assert_resumed(bool immutable, const char *path, int restarts, const char *fields)
{
	struct sink sink = { .data = STRBUF_INIT };
	cleanup_transfer struct transfer *t = NULL;
	bool changes = strstr(path, "changes");

	assert_int_equal(get((struct http_request){ .immutable = immutable,
						    .write = sink_write,
						    .restart = sink_restart,
						    .userdata = &sink },
			     "a", path, &t),
			 0);
	assert_int_equal(transfer_response(t)->status >= 200, 1);
	assert_int_equal(sink.restarts, restarts);
	assert_int_equal(sink.data.len, 1000);
	assert_int_equal(transfer_position(t), 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal((unsigned char)sink.data.buf[i], (changes ? 999 - i : i) % 251);
	if (!strstr(server_log(), fields))
		fail_msg("%s: %s", path, server_log());
	strbuf_done(&sink.data);
}

static void test_resume(void **state)
{
	(void)state;
	assert_resumed(false, "/cut/400", 0, "|  | bytes=400- | \"a\" |");
	assert_resumed(true, "/cut/401", 0, "|  | bytes=401- |  |");
	assert_resumed(true, "/cut/402?etag=none", 0, "|  | bytes=402- |  |");
	/* A server that knows no ranges. */
	assert_resumed(true, "/cut/403?range=ignored", 0, "|  | bytes=403- |  |");
	assert_resumed(false, "/cut/404?range=ignored", 1, "|  | bytes=404- | \"a\" |");
	/* Nothing that tells whether it is still the same. */
	assert_resumed(false, "/cut/405?etag=none", 1, "|  |  |  |");
	assert_resumed(false, "/cut/406?etag=weak", 1, "|  |  |  |");
	/* It is not. */
	assert_resumed(false, "/cut/407?etag=changes", 1, "|  | bytes=407- | \"a\" |");
	/* Less than what is left comes, again and again. */
	assert_resumed(true, "/cut/800?range=short", 0, "|  | bytes=900- |  |");
	/* Nothing at all had come. */
	assert_resumed(false, "/cut/0", 0, "|  |  |  |");
}

static void test_resume_wrong(void **state)
{
	struct sink sink = { .data = STRBUF_INIT };
	const struct http_request request = { .immutable = true,
					      .write = sink_write,
					      .userdata = &sink };
	const struct http_request changing = { .write = sink_write, .userdata = &sink };

	(void)state;
	assert_fails(request, "a", "/cut/500?range=wrong", -EPROTO, "another part");
	assert_fails(request, "a", "/cut/500?range=total", -ESTALE, "changed");
	assert_fails(request, "a", "/cut/500?range=unasked", -EPROTO, "another part");
	/* It cannot begin again. */
	assert_fails(changing, "a", "/cut/501?etag=changes", -ESTALE, "changed");
	strbuf_done(&sink.data);
}

static void test_offset(void **state)
{
	struct sink sink = { .data = STRBUF_INIT };
	const struct http_request request = {
		.immutable = true, .offset = 700, .write = sink_write, .userdata = &sink
	};
	cleanup_transfer struct transfer *t = NULL;

	(void)state;
	assert_int_equal(get(request, "a", "/cut/9999", &t), 0);
	assert_string_equal(server_log(), "a GET /cut/9999 |  | bytes=700- |  | \n");
	assert_int_equal(sink.data.len, 300);
	assert_int_equal(transfer_position(t), 1000);
	strbuf_done(&sink.data);
}

/* --- several at a time -------------------------------------------------------------------- */

static void test_parallel(void **state)
{
	char *slow = url_of("a", "/big/2000000"), *quick_url = url_of("a", "/ok");
	struct sink sink = { .data = STRBUF_INIT, .pauses = 1 };
	struct http *saved = hurried();
	struct transfer *first, *second;

	(void)state;
	first = http_start(http, &(struct http_request){ .url = slow,
							 .write = sink_write,
							 .restart = sink_restart,
							 .userdata = &sink });
	/* It is paused, for longer than a stall may last, while another one comes and goes. */
	while (sink.pauses > 0)
		assert_int_equal(http_poll(http, NULL, 0, 0), 0);
	for (usec_t end = now_usec() + 250 * USEC_PER_MSEC; usec_until(end) > 0;)
		assert_int_equal(http_poll(http, NULL, 0, end), 0);
	assert_int_equal(http_fetch(http,
				    &(struct http_request){ .url = quick_url, .max_bytes = 10 },
				    &second),
			 0);
	transfer_free(second);
	assert_int_equal(sink.data.len, 0);
	assert_false(transfer_is_done(first));
	transfer_resume(first);
	while (!transfer_is_done(first))
		assert_int_equal(http_poll(http, NULL, 0, 0), 0);
	assert_int_equal(transfer_response(first)->error, 0);
	assert_int_equal(sink.data.len, 2000000);
	transfer_free(first);
	unhurried(saved);
	strbuf_done(&sink.data);
	free(slow), free(quick_url);
}

static void test_other_descriptors(void **state)
{
	char *url = url_of("a", "/stall/0");
	struct transfer *t =
		http_start(http, &(struct http_request){ .url = url, .max_bytes = 5000 });
	struct pollfd fd = { .events = POLLIN };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	fd.fd = ends[0];
	assert_int_equal(write(ends[1], "x", 1), 1);
	do {
		assert_int_equal(http_poll(http, &fd, 1, 0), 0);
	} while (!fd.revents);
	assert_int_equal(fd.revents, POLLIN);
	/* One that still runs. */
	transfer_free(t);
	close(ends[0]);
	close(ends[1]);
	free(url);
}

static void test_writer_fails(void **state)
{
	struct sink sink = { .data = STRBUF_INIT, .result = -ENOSPC };

	(void)state;
	assert_fails((struct http_request){ .write = sink_write, .userdata = &sink }, "a", "/ok",
		     -ENOSPC, "cannot keep");
	assert_int_equal(n_requests(), 1);
}

static void test_interrupt(void **state)
{
	char *url = url_of("a", "/stall/0");
	struct transfer *t = NULL;

	(void)state;
	interrupt_install();
	raise(SIGINT);
	assert_int_equal(
		http_fetch(http, &(struct http_request){ .url = url, .max_bytes = 5000 }, &t),
		-EINTR);
	interrupt_save();
	transfer_free(t);
	free(url);
}

/* --- TLS ---------------------------------------------------------------------------------- */

static void test_tls(void **state)
{
	char *ca = xasprintf("%s/ca.pem", server_dir), *none = xasprintf("%s/none.pem", server_dir);
	const struct http_request known = { .trust.ca_file = ca }, unknown = { 0 },
				  missing = { .trust.ca_file = none };
	const struct http_request anybody = { .trust.unverified = true };
	struct transfer *t;

	(void)state;
	assert_int_equal(get(known, "tls", "/ok", &t), 0);
	transfer_free(t);
	assert_fails(unknown, "tls", "/ok", -EKEYREJECTED,
		     "an authority that this machine does not know");
	assert_fails(known, "expired", "/ok", -EKEYREJECTED, "has expired");
	assert_fails(known, "wrong", "/ok", -EKEYREJECTED, "is for another name");
	assert_fails(missing, "tls", "/ok", -EKEYREJECTED, "none.pem'");
	/* Nothing was asked of any of them. */
	assert_string_equal(server_log(), "");
	assert_int_equal(get(anybody, "wrong", "/ok", &t), 0);
	transfer_free(t);
	free(ca), free(none);
}

/* Who is not to be verified is the one that was named. */
static void test_tls_elsewhere(void **state)
{
	char *url = xasprintf("https://127.0.0.1:%u/ok", server_port("wrong")),
	     *path = redirect_to(url);
	char *start = xasprintf("http://127.0.0.2:%u%s", server_port("b"), path);
	cleanup_transfer struct transfer *t = NULL;

	(void)state;
	assert_int_equal(http_fetch(http,
				    &(struct http_request){ .url = start,
							    .max_bytes = 10,
							    .trust.unverified = true },
				    &t),
			 -EKEYREJECTED);
	free(url), free(path), free(start);
}

static void test_not_tls(void **state)
{
	char *url = xasprintf("https://127.0.0.1:%u/ok", server_port("a"));
	cleanup_transfer struct transfer *t = NULL;

	(void)state;
	assert_int_equal(
		http_fetch(http, &(struct http_request){ .url = url, .max_bytes = 10 }, &t),
		-EPROTO);
	assert_non_null(strstr(transfer_response(t)->wrong, "does not speak TLS"));
	free(url);
}

/* --- proxies ------------------------------------------------------------------------------ */

static void test_proxy(void **state)
{
	char *proxy = url_of("b", "/");
	struct transfer *t;

	(void)state;
	setenv("http_proxy", proxy, 1);
	assert_int_equal(get((struct http_request){ 0 }, "a", "/ok", &t), 0);
	assert_non_null(strstr(server_log(), "b GET http://127.0.0.1:"));
	transfer_free(t);
	setenv("no_proxy", "127.0.0.1", 1);
	assert_int_equal(get((struct http_request){ 0 }, "a", "/ok", &t), 0);
	assert_non_null(strstr(server_log(), "a GET /ok"));
	transfer_free(t);
	unsetenv("http_proxy");
	unsetenv("no_proxy");
	free(proxy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_login_in_url),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_redirect_authorization),
		cmocka_unit_test(test_redirect_port),
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_protocol),
		cmocka_unit_test(test_failure_text),
		cmocka_unit_test(test_stalls),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_wrong),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_parallel),
		cmocka_unit_test(test_other_descriptors),
		cmocka_unit_test(test_writer_fails),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_tls_elsewhere),
		cmocka_unit_test(test_not_tls),
		cmocka_unit_test(test_proxy),
	};

	return cmocka_run_group_tests_name("http", tests, setup, teardown);
}
