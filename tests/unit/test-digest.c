/* SPDX-License-Identifier: MIT */
/* The text of digests, and what is computed against the examples of FIPS 180-4 (csrc.nist.gov). */
#include "test.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "layer/digest.h"

#define HEX_32 "0123456789abcdef0123456789abcdef"
#define HEX_64 HEX_32 HEX_32
#define HEX_128 HEX_64 HEX_64

static const char *const good[] = { "sha256:" HEX_64, "sha512:" HEX_128 };

static const char *const bad[] = {
	"",
	":",
	"sha256",
	"sha256:",
	"sha512:",
	HEX_64,
	"sha256:" HEX_32 "0123456789abcdef0123456789abcde",
	"sha256:" HEX_64 "0",
	"sha256:" HEX_128,
	"sha512:" HEX_64,
	"SHA256:" HEX_64,
	"sha256:0123456789ABCDEF0123456789abcdef" HEX_32,
	"sha256:g123456789abcdef0123456789abcdef" HEX_32,
	"sha256:../../../../../../../../etc/passwd/////////////////////////////////",
	"sha256:%2e%2e0123456789abcdef0123456789" HEX_32,
	"sha256:0123456789abcdef/0123456789abcde" HEX_32,
	"sha256:" HEX_64 "\n",
	"\nsha256:" HEX_64,
	" sha256:" HEX_64,
	"sha256:" HEX_64 " ",
	"sha256::" HEX_64,
	"sha256 :" HEX_64,
	"md5:",
	"md5:a/b",
	"md5:a.b",
	"md5:a\n",
	":" HEX_64,
	"+b:" HEX_64,
	"a++b:" HEX_64,
	"a+:" HEX_64,
	"a+",
	"a/b:" HEX_64,
	"a",
	"\xc3\xa9:" HEX_64,
};

static const char *const others[] = {
	"md5:d41d8cd98f00b204e9800998ecf8427e",
	"sha384:" HEX_64,
	"sha256+b64:LCa0a2j_xo=",
	"a.b_c-d:Z",
	"sha2:0",
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char text[DIGEST_TEXT_SIZE];
		struct digest d;

		assert_int_equal(digest_parse(good[i], &d), 0);
		assert_int_equal(d.algorithm, i == 0 ? DIGEST_SHA256 : DIGEST_SHA512);
		assert_int_equal(d.bytes[0], 0x01);
		assert_int_equal(d.bytes[31], 0xef);
		assert_int_equal(d.bytes[63], i == 0 ? 0 : 0xef);
		digest_text(&d, text);
		assert_string_equal(text, good[i]);
	}
}

static void test_refused(void **state)
{
	struct digest d, before;

	(void)state;
	memset(&d, 0x55, sizeof(d));
	before = d;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (digest_parse(bad[i], &d) != -EINVAL)
			fail_msg("'%s' is taken", bad[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (digest_parse(others[i], &d) != -ENOTSUP)
			fail_msg("'%s' is not one of another algorithm", others[i]);
	}
	assert_memory_equal(&d, &before, sizeof(d));
}

static void test_equal(void **state)
{
	struct digest a, b;

	(void)state;
	assert_int_equal(digest_parse(good[1], &a), 0);
	assert_int_equal(digest_parse(good[1], &b), 0);
	assert_true(digest_equal(&a, &b));
	b.bytes[63] ^= 1;
	assert_false(digest_equal(&a, &b));
	b.bytes[63] ^= 1;
	b.algorithm = DIGEST_SHA256;
	assert_false(digest_equal(&a, &b));
	a.algorithm = DIGEST_SHA256;
	b.bytes[32] ^= 1; /* behind the end */
	assert_true(digest_equal(&a, &b));
	b.bytes[31] ^= 1;
	assert_false(digest_equal(&a, &b));
}

static void expect(enum digest_algorithm algorithm, const char *data, size_t step, const char *want)
{
	cleanup_hasher struct hasher *h = hasher_new(algorithm);
	char text[DIGEST_TEXT_SIZE];
	struct digest d;

	for (size_t n = strlen(data); n > 0; data += step, n -= step) {
		if (step > n)
			step = n;
		hasher_update(h, data, step);
	}
	hasher_finish(h, &d);
	digest_text(&d, text);
	assert_string_equal(text, want);
}

static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static void test_hasher(void **state)
{
	(void)state;
	assert_int_equal(hasher_load(), 0);
	expect(DIGEST_SHA256, "", 1,
	       "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t step = 1; step < sizeof(two_blocks); step++)
		expect(DIGEST_SHA256, two_blocks, step,
		       "sha256:248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	expect(DIGEST_SHA512, "abc", 2,
	       "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_hasher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
