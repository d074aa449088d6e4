/* SPDX-License-Identifier: MIT */
/* Registries that do not behave, and who is told who we are. */
#include "registrytest.h"

/* --- manifests ---------------------------------------------------------------------------- */

static void test_document(void **state)
{
	(void)state;
	assert_gets(tls, "open/x", "latest");
	assert_logged("tls GET /v2/open/x/manifests/latest |  |");
	assert_gets(tls, "open/x/y/z", "silent");
	assert_fails(tls, "open/x", "missing", -ENOENT,
		     "has no 'open/x:missing' (manifest unknown)");
	assert_fails(tls, "open/x", "403", -EACCES, "does not let us have 'open/x:403' (because)");
	assert_fails(tls, "open/x", "429", -EBUSY, "too many requests");
	assert_fails(tls, "open/x", "500", -EPROTO, "answers with status 500");
	assert_fails(tls, "open/x", "page", -EPROTO, "a web page");
	assert_fails(tls, "open/x", "large", -EFBIG, "longer than 4194304 bytes");
	assert_fails(tls, "open/x", "liar", -EBADMSG, "something else than it says");
	assert_fails(tls, "open/x", "nonsense", -EPROTO, "a digest that is none");
}

static void test_digest(void **state)
{
	cleanup_registry struct registry *r = open_registry("tls", false, false);
	cleanup_registry_document struct registry_document d = { 0 }, again = { 0 };
	struct capture messages;
	struct digest other;
	const char *said;
	int error;

	(void)state;
	assert_int_equal(registry_get_document(r, "open/x", "latest", NULL, &d), 0);
	assert_int_equal(registry_get_document(r, "open/x", NULL, &d.digest, &again), 0);
	assert_true(digest_equal(&d.digest, &again.digest));
	registry_document_done(&again);
	/* What comes is another one, and the server does not say so. */
	messages = capture_start(stderr);
	error = registry_get_document(r, "other/x", NULL, &d.digest, &again);
	said = capture_end(&messages);
	assert_int_equal(error, -EBADMSG);
	assert_non_null(strstr(said, "of another digest"));
	/* What comes is right, but not what was asked for. */
	assert_int_equal(
		digest_parse(
			"sha256:0000000000000000000000000000000000000000000000000000000000000000",
			&other),
		0);
	messages = capture_start(stderr);
	error = registry_get_document(r, "open/x", NULL, &other, &again);
	capture_end(&messages);
	assert_int_equal(error, -EBADMSG);
}

static void test_resolve(void **state)
{
	cleanup_registry struct registry *r = open_registry("tls", false, false);
	cleanup_free char *why = NULL;
	struct digest first, second, third;

	(void)state;
	server_forget();
	assert_int_equal(registry_resolve_tag(r, "bearer/x", "latest", &first, &why), 0);
	assert_logged("tls HEAD /v2/bearer/x/manifests/latest | Bearer token-bearer");
	assert_null(strstr(server_log(), "GET /v2"));
	assert_int_equal(registry_resolve_tag(r, "open/x", "silent", &second, &why), 0);
	assert_int_equal(registry_resolve_tag(r, "open/x", "nohead", &third, &why), 0);
	assert_true(digest_equal(&first, &second) && digest_equal(&first, &third));
	assert_null(why);
	assert_int_equal(registry_resolve_tag(r, "open/x", "missing", &third, &why), -ENOENT);
	assert_non_null(strstr(why, "has no 'open/x:missing'"));
}

/* --- who asks ----------------------------------------------------------------------------- */

static void test_basic(void **state)
{
	(void)state;
	assert_gets(tls, "basic/x", "latest");
	assert_logged("manifests/latest |  |");
	assert_logged("manifests/latest | " LOGIN " |");
	assert_gets(plain, "basic/x", "latest");
	assert_fails((struct how){ "tls", false, true }, "basic/x", "latest", -EACCES,
		     "wants to know who asks");
	assert_null(strstr(server_log(), "Basic"));
}

static void test_bearer(void **state)
{
	static const char *const modes[] = { "bearer/x", "access/x", "login/x", "two/x",
					     "noscope/x" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_gets(tls, modes[i], "latest");
		/* The registry gets the token, its token server the credentials. */
		assert_null(strstr(server_log(), "manifests/latest | Basic"));
		assert_logged("manifests/latest | Bearer token-");
	}
	assert_logged("tls GET /token/noscope?a=b&scope=repository%3Anoscope%2Fx%3Apull | " LOGIN
		      " |");
	assert_gets(tls, "bearer/x", "latest");
	assert_logged(
		"tls GET /token/bearer?service=the%2C%20service&scope=repository%3Abearer%2Fx%3Apull | " LOGIN
		" |");
	assert_gets((struct how){ "tls", false, true }, "bearer/x", "latest");
	assert_null(strstr(server_log(), "Basic"));
}

/* A token serves for as long as it is good, and each repository has its own. */
static void test_token_kept(void **state)
{
	cleanup_registry struct registry *r = open_registry("tls", false, false);
	const char *said;

	(void)state;
	assert_int_equal(get(r, "bearer/x", "latest", &said), 0);
	assert_int_equal(get(r, "bearer/x", "latest", &said), 0);
	assert_null(strstr(server_log(), "/token"));
	assert_null(strstr(server_log(), "latest |  |"));
	assert_int_equal(get(r, "bearer/y", "latest", &said), 0);
	assert_logged("bearer/y/manifests/latest |  |");
	assert_logged("bearer%2Fy");
	/* One that is good no more is replaced once. */
	assert_int_equal(get(r, "short/x", "latest", &said), 0);
	assert_int_equal(get(r, "short/x", "latest", &said), 0);
	assert_logged("/token/short");
}

static void test_refused(void **state)
{
	int n = 0;

	(void)state;
	assert_fails(tls, "never/x", "latest", -EACCES, "does not accept the credentials from");
	for (const char *p = server_log(); (p = strstr(p, "/token/")); p++)
		n++;
	assert_int_equal(n, 1);
	assert_fails((struct how){ "tls", false, true }, "never/x", "latest", -EACCES,
		     "podman login");
	assert_fails((struct how){ "tls", false, true }, "login/x", "latest", -EACCES,
		     "gives no token");
	write_auth_file("{\"auth\":\"bWU6d3Jvbmc=\"}");
	assert_fails(tls, "login/x", "latest", -EACCES, "does not accept the credentials from");
	assert_fails(tls, "basic/x", "latest", -EACCES, "does not accept the credentials from");
	assert_null(strstr(server_log(), "secret"));
	write_auth_file("{\"auth\":\"bWU6c2VjcmV0\"}");
}

/* What was refused once is not sent twice for one question, whether it is known by then or not. */
static void test_refused_again(void **state)
{
	cleanup_registry struct registry *r = open_registry("tls", false, false);
	const char *said, *first;

	(void)state;
	write_auth_file("{\"auth\":\"bWU6d3Jvbmc=\"}");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(get(r, "basic/x", "latest", &said), -EACCES);
		first = strstr(server_log(), "Basic bWU6d3Jvbmc=");
		assert_non_null(first);
		assert_null(strstr(first + 1, "Basic"));
	}
	write_auth_file("{\"auth\":\"bWU6c2VjcmV0\"}");
}

static void test_identity_token(void **state)
{
	(void)state;
	write_auth_file("{\"identitytoken\":\"i&d\"}");
	assert_gets(tls, "login/x", "latest");
	assert_logged(
		"tls POST /token/login |  |  |  | grant_type=refresh_token&client_id=sdme&refresh_token=i%26d&"
		"service=the%2C%20service&scope=repository%3Alogin%2Fx%3Apull");
	/* It goes nowhere that its token server may send it to. */
	assert_fails(plain, "moved/x", "latest", -EPROTO, "answers with status 307");
	assert_logged("a POST /token/moved |");
	assert_null(strstr(server_log(), "b "));
	write_auth_file("{\"auth\":\"bWU6c2VjcmV0\"}");
}

static void test_challenges(void **state)
{
	(void)state;
	assert_fails(tls, "user/x", "latest", -EINVAL, "no address for that");
	assert_fails(tls, "file/x", "latest", -EINVAL, "no address for that");
	assert_fails(tls, "none/x", "latest", -EPROTO, "does not say from where");
	assert_fails(tls, "digest/x", "latest", -EACCES, "in no way that is known");
	assert_fails(tls, "silent/x", "latest", -EACCES, "in no way that is known");
	assert_fails(tls, "broken/x", "latest", -EPROTO, "not in a form that exists");
	assert_fails(tls, "badtoken/x", "latest", -EPROTO, "answers with no token");
	assert_fails(tls, "notoken/x", "latest", -EPROTO, "answers with no token");
	assert_fails(tls, "html/x", "latest", -EPROTO, "answers with no token");
}

/* Over https, nobody is told anything by http. */
static void test_realm_http(void **state)
{
	(void)state;
	assert_fails(tls, "http/x", "latest", -EPERM, "without https");
	assert_null(strstr(server_log(), "/token"));
	assert_fails(tls, "moved/x", "latest", -EPERM, "from https to http");
	assert_null(strstr(server_log(), "b GET"));
}

/* An insecure registry, which may be anybody, gets credentials for itself only. */
static void test_realm_elsewhere(void **state)
{
	cleanup_registry struct registry *r = open_registry("a", true, false);
	cleanup_registry_document struct registry_document d = { 0 };
	struct capture messages;
	const char *said;

	(void)state;
	assert_gets(plain, "bearer/x", "latest");
	assert_logged(
		"a GET /token/bearer?service=the%2C%20service&scope=repository%3Abearer%2Fx%3Apull | " LOGIN
		" |");
	server_forget();
	/* The token is not good at the registry, but what counts is what the other host was told. */
	messages = capture_start(stderr);
	(void)registry_get_document(r, "far/x", "latest", NULL, &d);
	said = capture_end(&messages);
	assert_logged("b GET /token/far?");
	assert_null(strstr(server_log(), "Basic"));
	assert_non_null(strstr(said, "is not told who asks"));
	/* Nor does a redirect of its token server bring them elsewhere. */
	assert_gets(plain, "moved/x", "latest");
	assert_logged(
		"a GET /token/moved?service=the%2C%20service&scope=repository%3Amoved%2Fx%3Apull | " LOGIN
		" |");
	assert_logged("b GET /token/bearer |  |");
	/* And only the registry itself need not show who it is. */
	assert_fails((struct how){ "b", true, true }, "unproven/x", "latest", -EKEYREJECTED,
		     "is for another name");
	assert_null(strstr(server_log(), "/token"));
}

static void test_trust(void **state)
{
	static const struct how wrong = { "wrong", false, false },
				expired = { "expired", false, false };
	static const struct how insecure = { "wrong", true, false };

	(void)state;
	assert_fails(wrong, "basic/x", "latest", -EKEYREJECTED, "is for another name");
	assert_fails(expired, "basic/x", "latest", -EKEYREJECTED, "has expired");
	assert_string_equal(server_log(), "");
	assert_gets(insecure, "bearer/x", "latest");
	/* By http only where that was said. */
	assert_fails((struct how){ "a", false, false }, "basic/x", "latest", -EPROTO,
		     "does not speak TLS");
	assert_string_equal(server_log(), "");
}

static void test_local(void **state)
{
	static const char *const local[] = { "localhost", "localhost:5000", "127.0.0.1",
					     "127.1.2.3:5000", "[::1]:5000" };
	static const char *const others[] = {
		"localhost.example", "127.example",  "127.0.0.1.example:5000", "[::2]",
		"r.example",         "[::1].example"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(local); i++)
		assert_true(registry_is_local(local[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(registry_is_local(others[i]));
}

/* --- mirrors ------------------------------------------------------------------------------ */

static void test_mirrors(void **state)
{
	char *broken = xasprintf("127.0.0.2:%u/open/prefix", server_port("b")),
	     *dead = xasprintf("127.0.0.1:1");
	char *good = xasprintf("127.0.0.1:%u/open", server_port("a")),
	     *host = xasprintf("127.0.0.1:%u", server_port("tls"));
	const struct registry_mirror mirrors[] = { { dead, true },
						   { broken, false },
						   { good, true } };
	const struct registry_settings settings = {
		.ca_file = ca, .mirrors = mirrors, .n_mirrors = 3, .credentials = &credentials
	};
	cleanup_registry_document struct registry_document d = { 0 }, last = { 0 };
	cleanup_registry struct registry *r = NULL;
	struct capture messages = capture_start(stderr);
	const char *said;
	int first, second;

	(void)state;
	assert_int_equal(registry_new(http, host, &settings, &r), 0);
	server_forget();
	first = registry_get_document(r, "x", "latest", NULL, &d);
	/* No mirror has it. */
	second = registry_get_document(r, "basic/x", "missing", NULL, &last);
	said = capture_end(&messages);
	assert_int_equal(first, 0);
	assert_logged("a GET /v2/open/x/manifests/latest |  |");
	assert_int_equal(second, -ENOENT);
	assert_logged("tls GET /v2/basic/x/manifests/missing | " LOGIN " |");
	assert_non_null(strstr(said, "the mirror 127.0.0.1:1 is passed over"));
	free(broken), free(dead), free(good), free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_basic),
		cmocka_unit_test(test_bearer),
		cmocka_unit_test(test_token_kept),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_again),
		cmocka_unit_test(test_identity_token),
		cmocka_unit_test(test_challenges),
		cmocka_unit_test(test_realm_http),
		cmocka_unit_test(test_realm_elsewhere),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_mirrors),
	};

	return cmocka_run_group_tests_name("registry", tests, setup, teardown);
}
