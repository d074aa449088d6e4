/* SPDX-License-Identifier: MIT */
/* Transfers from servers that do not behave: tries, going on after a break, several at a time. */
#include "httptest.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/interrupt.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests_name("http-transfer", tests, setup, teardown);
}
