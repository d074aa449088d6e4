/* SPDX-License-Identifier: MIT */
/* Blobs of registries that do not behave. */
#include "registrytest.h"

static int sink_write(void *userdata, const void *data, size_t len)
{
	strbuf_add(userdata, data, len);
	return 0;
}

static struct digest some_digest(void)
{
	struct digest d;

	assert_int_equal(
		digest_parse(
			"sha256:1111111111111111111111111111111111111111111111111111111111111111",
			&d),
		0);
	return d;
}

static int fetch_blob(struct registry *r, const char *repository, uint64_t offset,
		      struct strbuf *sink)
{
	struct digest digest = some_digest();
	struct registry_blob_request request = { .repository = repository,
						 .digest = &digest,
						 .size = 1000,
						 .offset = offset,
						 .write = sink_write,
						 .userdata = sink };
	cleanup_registry_blob struct registry_blob *b = NULL;
	int error;

	server_forget();
	b = registry_blob_start(r, &request);
	while ((error = registry_blob_step(b)) == 0)
		assert_int_equal(http_poll(http, NULL, 0, 0), 0);
	return error;
}

static void assert_blob(struct registry *r, const char *repository, uint64_t offset)
{
	struct strbuf sink = STRBUF_INIT;

	assert_int_equal(fetch_blob(r, repository, offset, &sink), 1);
	assert_int_equal(sink.len, 1000 - offset);
	for (size_t i = 0; i < sink.len; i++)
		assert_int_equal((unsigned char)sink.buf[i], (offset + i) % 251);
	strbuf_done(&sink);
}

static void test_blobs(void **state)
{
	cleanup_registry struct registry *r = open_registry("a", true, false);

	(void)state;
	assert_blob(r, "open/x", 0);
	assert_blob(r, "open/x", 700);
	assert_logged("| bytes=700- |");
	/* All of it is there. */
	assert_blob(r, "open/x", 1000);
	assert_string_equal(server_log(), "");
	assert_blob(r, "breaks/x", 0);
	assert_logged("| bytes=400- |");
	assert_blob(r, "basic/x", 0);
}

/* Several at a time, of which each finds out that https is not spoken there, and that somebody asks. */
static void assert_blobs_at_a_time(const char *repository)
{
	cleanup_registry struct registry *r = open_registry("a", true, false);
	struct strbuf sinks[3] = { STRBUF_INIT, STRBUF_INIT, STRBUF_INIT };
	struct registry_blob *blobs[3];
	struct digest digest = some_digest();
	struct registry_blob_request request = {
		.repository = repository, .digest = &digest, .size = 1000, .write = sink_write
	};
	int done = 0;

	server_forget();
	for (int i = 0; i < 3; i++) {
		request.userdata = &sinks[i];
		blobs[i] = registry_blob_start(r, &request);
	}
	while (done < 3) {
		assert_int_equal(http_poll(http, NULL, 0, now_usec() + 10 * USEC_PER_MSEC), 0);
		done = 0;
		for (int i = 0; i < 3; i++) {
			int step = registry_blob_step(blobs[i]);

			assert_true(step >= 0);
			done += step;
		}
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sinks[i].len, 1000);
		strbuf_done(&sinks[i]);
		registry_blob_free(blobs[i]);
	}
}

static void test_blobs_at_a_time(void **state)
{
	const char *first;

	(void)state;
	assert_blobs_at_a_time("open/x");
	assert_blobs_at_a_time("basic/x");
	assert_blobs_at_a_time("bearer/x");
	/* One token for all. */
	first = strstr(server_log(), "/token/");
	assert_non_null(first);
	assert_null(strstr(first + 1, "/token/"));
}

/* The address that a registry sends us to is told nothing, and it cannot ask either. */
static void test_blob_elsewhere(void **state)
{
	cleanup_registry struct registry *r = open_registry("a", true, false);
	struct strbuf sink = STRBUF_INIT;
	struct capture messages;
	const char *said;
	int error;

	(void)state;
	assert_blob(r, "cdn/x", 0);
	messages = capture_start(stderr);
	error = fetch_blob(r, "asking/x", 0, &sink);
	said = capture_end(&messages);
	assert_int_equal(error, -EACCES);
	assert_non_null(strstr(said, "wants to know who asks"));
	assert_null(strstr(said, "signature"));
	assert_null(strstr(server_log(), "Basic"));
	assert_null(strstr(server_log(), "/token"));
}

/* The connection breaks, and the token is good no more: a new one, and on from where it was. */
static void test_blob_token_expires(void **state)
{
	cleanup_registry struct registry *r = open_registry("tls", false, false);
	const char *log, *first;

	(void)state;
	assert_blob(r, "short/x", 0);
	log = server_log();
	first = strstr(log, "/token/short");
	assert_non_null(first);
	assert_non_null(strstr(first + 1, "/token/short"));
	assert_logged("| bytes=400- |");
}

static void test_blob_wrong(void **state)
{
	static const struct {
		const char *repository, *words;
		int error;
	} wrong[] = {
		{ "missing/x", "has no 'missing/x@sha256:1111", -ENOENT },
		{ "long/x", "longer than 1000 bytes", -EFBIG },
		{ "brief/x", "has 999 bytes in place of 1000", -EBADMSG },
	};
	cleanup_registry struct registry *r = open_registry("a", true, false);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct strbuf sink = STRBUF_INIT;
		struct capture messages = capture_start(stderr);
		int error = fetch_blob(r, wrong[i].repository, 0, &sink);
		const char *said = capture_end(&messages);

		strbuf_done(&sink);
		if (error != wrong[i].error || !strstr(said, wrong[i].words))
			fail_msg("%s: %d, %s", wrong[i].repository, error, said);
	}
}

static void test_blob_mirrors(void **state)
{
	char *mirror = xasprintf("127.0.0.2:%u/missing", server_port("b")),
	     *host = xasprintf("127.0.0.1:%u", server_port("a"));
	const struct registry_mirror mirrors[] = { { mirror, true } };
	const struct registry_settings settings = { .insecure = true,
						    .mirrors = mirrors,
						    .n_mirrors = 1 };
	cleanup_registry struct registry *r = NULL;
	struct capture messages;

	(void)state;
	assert_int_equal(registry_new(http, host, &settings, &r), 0);
	messages = capture_start(stderr);
	assert_blob(r, "open/x", 0);
	capture_end(&messages);
	assert_logged("b GET /v2/missing/open/x/blobs/sha256:1111");
	assert_logged("a GET /v2/open/x/blobs/sha256:1111");
	free(mirror), free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blobs),
		cmocka_unit_test(test_blobs_at_a_time),
		cmocka_unit_test(test_blob_elsewhere),
		cmocka_unit_test(test_blob_token_expires),
		cmocka_unit_test(test_blob_wrong),
		cmocka_unit_test(test_blob_mirrors),
	};

	return cmocka_run_group_tests_name("registry-blob", tests, setup, teardown);
}
