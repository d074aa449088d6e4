/* SPDX-License-Identifier: MIT */
/* Registries that do not behave, and who is told who we are. */
#include "server.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "registry/registry.h"

static const struct http_limits quick = {
	.connect = 60 * USEC_PER_SEC,
	.stall = 60 * USEC_PER_SEC,
	.stall_bytes = 100,
	.retries = 3,
	.pause = 2 * USEC_PER_MSEC,
	.pause_max = 20 * USEC_PER_MSEC,
};

#define MANIFEST "{\"schemaVersion\": 2, \"what\": \"a manifest\"}"
#define LOGIN "Basic bWU6c2VjcmV0" /* me:secret */

static struct http *http;
static char *ca, *auth_file;
static struct credential_settings credentials;

/* Credentials for every registry that the tests have: whoever is not to get them has to be refused them. */
static void write_auth_file(const char *entry)
{
	FILE *f = fopen(auth_file, "w");
	const char *separator = "";

	assert_non_null(f);
	fputs("{\"auths\":{", f);
	for (size_t i = 0; server_ports[i].port; i++, separator = ",")
		fprintf(f, "%s\"127.0.0.1:%u\":%s,\"127.0.0.2:%u\":%s", separator,
			server_ports[i].port, entry, server_ports[i].port, entry);
	fputs("}}", f);
	fclose(f);
}

static int setup(void **state)
{
	if (server_start(state) < 0 || http_new(&quick, &http) < 0)
		return -1;
	umask(022);
	ca = xasprintf("%s/ca.pem", server_dir);
	auth_file = xasprintf("%s/auth.json", server_dir);
	credentials.auth_file = auth_file;
	write_auth_file("{\"auth\":\"bWU6c2VjcmV0\"}");
	return 0;
}

static int teardown(void **state)
{
	http_free(http);
	free(ca), free(auth_file);
	return server_stop(state);
}

static struct registry *open_registry(const char *name, bool insecure, bool nobody)
{
	const struct registry_settings settings = { .insecure = insecure,
						    .ca_file = ca,
						    .credentials = nobody ? NULL : &credentials };
	char *host = xasprintf("127.0.0.%d:%u", streq(name, "b") ? 2 : 1, server_port(name));
	struct registry *r = NULL;

	assert_int_equal(registry_new(http, host, &settings, &r), 0);
	free(host);
	return r;
}

/* Get REPOSITORY:TAG from it: the result, and what was said, static. */
static int get(struct registry *r, const char *repository, const char *tag, const char **ret_said)
{
	cleanup_registry_document struct registry_document d = { 0 };
	struct capture messages = capture_start(stderr);
	int error;

	server_forget();
	error = registry_get_document(r, repository, tag, NULL, &d);
	*ret_said = capture_end(&messages);
	if (error < 0)
		return error;
	assert_string_equal(d.bytes, MANIFEST);
	assert_int_equal(d.len, strlen(MANIFEST));
	assert_string_equal(d.type, "application/vnd.oci.image.manifest.v1+json");
	assert_string_equal(*ret_said, "");
	return 0;
}

struct how {
	const char *name;
	bool insecure, nobody;
};

static const struct how tls = { "tls", false, false }, plain = { "a", true, false };

static void assert_gets(struct how how, const char *repository, const char *tag)
{
	cleanup_registry struct registry *r = open_registry(how.name, how.insecure, how.nobody);
	const char *said;

	if (get(r, repository, tag, &said) < 0)
		fail_msg("%s:%s: %s%s", repository, tag, said, server_log());
}

static void assert_fails(struct how how, const char *repository, const char *tag, int error,
			 const char *words)
{
	cleanup_registry struct registry *r = open_registry(how.name, how.insecure, how.nobody);
	const char *said;
	int got = get(r, repository, tag, &said);

	if (got != error || !strstr(said, words) || strchr(said, '\n') != strrchr(said, '\n'))
		fail_msg("%s:%s: %d, not %d: %s", repository, tag, got, error, said);
}

static void assert_logged(const char *line)
{
	if (!strstr(server_log(), line))
		fail_msg("no '%s' in %s", line, server_log());
}

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

/* --- blobs -------------------------------------------------------------------------------- */

struct sink {
	struct strbuf data;
	int pauses;
};

static int sink_write(void *userdata, const void *data, size_t len)
{
	struct sink *s = userdata;

	if (s->pauses > 0) {
		s->pauses--;
		return HTTP_PAUSE;
	}
	strbuf_add(&s->data, data, len);
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
		      struct sink *sink)
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
	while ((error = registry_blob_step(b)) == 0) {
		assert_int_equal(http_poll(http, NULL, 0, 0), 0);
		registry_blob_resume(b);
	}
	return error;
}

static void assert_blob(struct registry *r, const char *repository, uint64_t offset)
{
	struct sink sink = { .data = STRBUF_INIT, .pauses = 1 };

	assert_int_equal(fetch_blob(r, repository, offset, &sink), 1);
	assert_int_equal(sink.data.len, 1000 - offset);
	for (size_t i = 0; i < sink.data.len; i++)
		assert_int_equal((unsigned char)sink.data.buf[i], (offset + i) % 251);
	strbuf_done(&sink.data);
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
	struct sink sinks[3] = { { .data = STRBUF_INIT },
				 { .data = STRBUF_INIT },
				 { .data = STRBUF_INIT } };
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
		assert_int_equal(sinks[i].data.len, 1000);
		strbuf_done(&sinks[i].data);
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
	struct sink sink = { .data = STRBUF_INIT };
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
		struct sink sink = { .data = STRBUF_INIT };
		struct capture messages = capture_start(stderr);
		int error = fetch_blob(r, wrong[i].repository, 0, &sink);
		const char *said = capture_end(&messages);

		strbuf_done(&sink.data);
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
		cmocka_unit_test(test_document),        cmocka_unit_test(test_digest),
		cmocka_unit_test(test_resolve),         cmocka_unit_test(test_basic),
		cmocka_unit_test(test_bearer),          cmocka_unit_test(test_token_kept),
		cmocka_unit_test(test_refused),         cmocka_unit_test(test_refused_again),
		cmocka_unit_test(test_identity_token),
		cmocka_unit_test(test_challenges),      cmocka_unit_test(test_realm_http),
		cmocka_unit_test(test_realm_elsewhere), cmocka_unit_test(test_trust),
		cmocka_unit_test(test_local),           cmocka_unit_test(test_mirrors),
		cmocka_unit_test(test_blobs),           cmocka_unit_test(test_blobs_at_a_time),
		cmocka_unit_test(test_blob_elsewhere),  cmocka_unit_test(test_blob_token_expires),
		cmocka_unit_test(test_blob_wrong),      cmocka_unit_test(test_blob_mirrors),
	};

	return cmocka_run_group_tests_name("registry", tests, setup, teardown);
}
