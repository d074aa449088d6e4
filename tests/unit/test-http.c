/* SPDX-License-Identifier: MIT */
/* Requests to servers that do not behave: where they go, and what is answered. */
#include "httptest.h"

#include "http/url.h"

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
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_tls_elsewhere),
		cmocka_unit_test(test_not_tls),
		cmocka_unit_test(test_proxy),
	};

	return cmocka_run_group_tests_name("http", tests, setup, teardown);
}
