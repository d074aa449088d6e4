/* SPDX-License-Identifier: MIT */
/* What references are made of, and which are none. */
#include "test.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "oci/reference.h"

#define HEX_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX_64
#define X_32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X_63 X_32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X_128 X_32 X_32 X_32 X_32
#define X_255 X_128 X_63 X_63 "x"

static const struct {
	const char *text, *registry, *repository, *tag, *digest;
} good[] = {
	{ "ubuntu", "docker.io", "library/ubuntu", "latest" },
	{ "ubuntu:24.04", "docker.io", "library/ubuntu", "24.04" },
	{ "docker.io/ubuntu:24.04", "docker.io", "library/ubuntu", "24.04" },
	{ "index.docker.io/ubuntu", "docker.io", "library/ubuntu", "latest" },
	{ "Index.Docker.IO/library/ubuntu", "docker.io", "library/ubuntu", "latest" },
	{ "archlinux/archlinux:base", "docker.io", "archlinux/archlinux", "base" },
	{ "quay.io/fedora/fedora", "quay.io", "fedora/fedora", "latest" },
	{ "Quay.IO/fedora/fedora", "quay.io", "fedora/fedora", "latest" },
	{ "registry.example/x", "registry.example", "x", "latest" },
	{ "registry.example/a/b/c/d:V1", "registry.example", "a/b/c/d", "V1" },
	{ "localhost/x", "localhost", "x", "latest" },
	{ "localhost:5000/x:tag", "localhost:5000", "x", "tag" },
	{ "localhost:5000", "docker.io", "library/localhost", "5000" },
	{ "host:1/x", "host:1", "x", "latest" },
	{ "host:65535/x", "host:65535", "x", "latest" },
	{ "localhosts/x", "docker.io", "localhosts/x", "latest" },
	{ "local/x", "docker.io", "local/x", "latest" },
	{ "127.0.0.1:5000/x", "127.0.0.1:5000", "x", "latest" },
	{ "[::1]:5000/x", "[::1]:5000", "x", "latest" },
	{ "[FE80::1]/x:y", "[fe80::1]", "x", "y" },
	{ "[::ffff:192.0.2.1]/x", "[::ffff:192.0.2.1]", "x", "latest" },
	{ "ubuntu@" DIGEST, "docker.io", "library/ubuntu", NULL, DIGEST },
	{ "quay.io/a/b:c@" DIGEST, "quay.io", "a/b", "c", DIGEST },
	{ "localhost:5000/x@sha512:" HEX_64 HEX_64, "localhost:5000", "x", NULL,
	  "sha512:" HEX_64 HEX_64 },
	{ "a.b", "docker.io", "library/a.b", "latest" },
	{ "0/a_b__c-d---e.f", "docker.io", "0/a_b__c-d---e.f", "latest" },
	{ "x:_", "docker.io", "library/x", "_" },
	{ "x:A.b-c_9", "docker.io", "library/x", "A.b-c_9" },
	{ "x:" X_128, "docker.io", "library/x", X_128 },
	{ X_63 ".x/x", X_63 ".x", "x", "latest" },
	{ "h.x/" X_255, "h.x", X_255, "latest" },
	{ HEX_64 "0", "docker.io", "library/" HEX_64 "0", "latest" },
	{ "h.x/" HEX_64, "h.x", HEX_64, "latest" },
};

static const char *const bad[] = {
	"",
	" ",
	"/",
	":",
	"@",
	".",
	"..",
	"-",
	"_",
	"x:",
	"x@",
	":x",
	"@" DIGEST,
	"/x",
	"x/",
	"a//b",
	"a/b/",
	/* paths and URLs */
	"./x",
	"../x",
	"../../x",
	"a/../b",
	"a/./b",
	"/etc/passwd",
	"https://h.x/y",
	"docker://ubuntu",
	"h.x/..",
	"h.x/a/..",
	"h.x/%2e%2e/a",
	"h.x/a?b",
	"h.x/a#b",
	"user@h.x/a",
	"user:pass@h.x/a",
	"h.x\\a",
	"h.x/a\\b",
	/* case, bytes, separators */
	"Ubuntu",
	"h.x/Ubuntu",
	"FOO/bar",
	"LOCALHOST/x",
	"a b",
	"a\nb",
	"ubuntu\n",
	"ubuntu:a\nb",
	"ubuntu ",
	" ubuntu",
	"ub\x1bntu",
	"\xc3\xa9",
	"h.x/\xc3\xa9",
	"-a",
	"a-",
	"_a",
	"a_",
	"a..b",
	"a___b",
	"a._b",
	"a.-b",
	"a-_b",
	"a/-b",
	"a/b-",
	"a/.b",
	"a+b",
	"a~b",
	"a*b",
	/* registries */
	".x/y",
	"x./y",
	"a..b/y",
	"-h.x/y",
	"h-.x/y",
	"h_.x/y",
	"a.b_c/0",
	"h.x:/y",
	"h.x:0/y",
	"h.x:65536/y",
	"h.x:a/y",
	"h.x:+1/y",
	"h.x:1:2/y",
	"h.x:99999999999999999999/y",
	":1/y",
	"[::1/y",
	"[]/y",
	"[]:1/y",
	"[1.2.3.4]/y",
	"[::1]5/y",
	"[::1]:/y",
	"[::1]]/y",
	"[h.x]/y",
	"[fe80::1%eth0]/y",
	"::1/y",
	"h\xc3\xa9.x/y",
	X_63 "x.x/y",

	"docker.io/",
	/* tags and digests */
	"x:.a",
	"x:-a",
	"x:a b",
	"x:a/b",
	"x:a:b",
	"x:a+b",
	"x:\xc3\xa9",
	"x:" X_128 "x",
	"x@sha256:",
	"x@sha256:" HEX_64 "0",
	"x@" HEX_64,
	"x@" DIGEST "@" DIGEST,
	"x@" DIGEST ":tag",
	"x@SHA256:" HEX_64,
	"x:@" DIGEST,
	"x@" DIGEST "/y",
	"x@sha256:../../../../../../../../etc/passwd/////////////////////////////////",
	/* an image's ID, and what is too long */
	HEX_64,
	"h.x/x" X_255,
	X_255,
	"h.x/" X_255 X_255 X_255 X_255,
};

static void assert_text(const char *got, const char *want)
{
	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
}

static void check_good(size_t i)
{
	cleanup_reference struct reference ref = REFERENCE_INIT, again = REFERENCE_INIT;
	cleanup_free char *text = NULL, *canonical = NULL;
	char digest[DIGEST_TEXT_SIZE];

	if (reference_parse(good[i].text, NULL, &ref) < 0)
		fail_msg("'%s' is refused", good[i].text);
	assert_text(ref.registry, good[i].registry);
	assert_text(ref.repository, good[i].repository);
	assert_text(ref.tag, good[i].tag);
	assert_int_equal(ref.has_digest, good[i].digest != NULL);
	if (ref.has_digest) {
		digest_text(&ref.digest, digest);
		assert_string_equal(digest, good[i].digest);
	}
	text = reference_text(&ref);
	canonical = xasprintf("%s/%s%s%s%s%s", good[i].registry, good[i].repository,
			      good[i].tag ? ":" : "", good[i].tag ? good[i].tag : "",
			      good[i].digest ? "@" : "", good[i].digest ? good[i].digest : "");
	assert_string_equal(text, canonical);
	assert_int_equal(reference_parse(text, "other.example", &again), 0);
	assert_string_equal(again.registry, ref.registry);
	assert_string_equal(again.repository, ref.repository);
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check_good(i);
}

static void test_bad(void **state)
{
	cleanup_reference struct reference ref = REFERENCE_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int r = reference_parse(bad[i], NULL, &ref);

		if (r != -EINVAL)
			fail_msg("'%s' is not refused: %d", bad[i], r);
		assert_null(ref.registry);
		assert_null(ref.repository);
		assert_null(ref.tag);
		assert_false(ref.has_digest);
	}
	assert_int_equal(reference_parse("x@md5:d41d8cd98f00b204e9800998ecf8427e", NULL, &ref),
			 -ENOTSUP);
}

static void expect_default(const char *registry, const char *text, const char *want)
{
	cleanup_reference struct reference ref = REFERENCE_INIT;
	cleanup_free char *got = NULL;

	assert_int_equal(reference_parse(text, registry, &ref), want ? 0 : -EINVAL);
	if (!want)
		return;
	got = reference_text(&ref);
	assert_string_equal(got, want);
}

static void test_default_registry(void **state)
{
	(void)state;
	expect_default("docker.io", "ubuntu", "docker.io/library/ubuntu:latest");
	expect_default("index.docker.io", "ubuntu", "docker.io/library/ubuntu:latest");
	expect_default("quay.io", "ubuntu", "quay.io/ubuntu:latest");
	expect_default("quay.io", "a/b:c", "quay.io/a/b:c");
	expect_default("quay.io", "docker.io/a", "docker.io/library/a:latest");
	expect_default("localhost:5000", "a", "localhost:5000/a:latest");
	/* In front of a slash, this would be no registry. */
	expect_default("mirror", "a", NULL);
	expect_default("", "a", NULL);
	expect_default("a/b", "a", NULL);
	expect_default("https://a", "a", NULL);
	/* It is not looked at when it is not needed. */
	expect_default("a/b", "h.x/a", "h.x/a:latest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_default_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
