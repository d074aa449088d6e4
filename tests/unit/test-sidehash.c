/* SPDX-License-Identifier: MIT */
/* The thread comes to the same digest as who hashes by himself. */
#include "test.h"

#include <pthread.h>

#include "layer/sidehash.h"

#define BLOCK 65536
#define N_BLOCKS (SIDEHASH_BEHIND * 5 + 3)

/* As a ring has them: a block is used again when so many others have been given. */
static void compare(enum digest_algorithm algorithm)
{
	static char blocks[SIDEHASH_BEHIND + 1][BLOCK];
	struct sidehash *side = sidehash_new(algorithm);
	struct hasher *plain = hasher_new(algorithm);
	struct digest a, b;

	for (unsigned i = 0; i < N_BLOCKS; i++) {
		char *block = blocks[i % (SIDEHASH_BEHIND + 1)];

		memset(block, (int)i, BLOCK);
		sidehash_add(side, block, BLOCK - i);
		hasher_update(plain, block, BLOCK - i);
	}
	sidehash_finish(side, &a);
	hasher_finish(plain, &b);
	assert_true(digest_equal(&a, &b));
	sidehash_free(side);
	hasher_free(plain);
}

static void test_same(void **state)
{
	(void)state;
	assert_int_equal(hasher_load(), 0);
	compare(DIGEST_SHA256);
	compare(DIGEST_SHA512);
}

/* What was begun and is not wanted any more. */
static void test_given_up(void **state)
{
	static const char block[BLOCK];
	struct sidehash *s;

	(void)state;
	assert_int_equal(hasher_load(), 0);
	s = sidehash_new(DIGEST_SHA256);
	sidehash_free(s);
	s = sidehash_new(DIGEST_SHA256);
	sidehash_add(s, block, BLOCK);
	sidehash_free(s);
}

static void test_empty(void **state)
{
	struct sidehash *s;
	struct digest is, empty;

	(void)state;
	assert_int_equal(hasher_load(), 0);
	/* FIPS 180-4's SHA-256 of no bytes */
	assert_int_equal(digest_parse("sha256:e3b0c44298fc1c149afbf4c8996fb924"
				      "27ae41e4649b934ca495991b7852b855",
				      &empty),
			 0);
	s = sidehash_new(DIGEST_SHA256);
	sidehash_finish(s, &is);
	assert_true(digest_equal(&is, &empty));
	sidehash_free(s);
}

/* There is no room for the stack of one. */
static void test_without_thread(void **state)
{
	pthread_attr_t was, huge;

	(void)state;
	assert_int_equal(hasher_load(), 0);
	assert_int_equal(pthread_getattr_default_np(&was), 0);
	assert_int_equal(pthread_attr_init(&huge), 0);
	assert_int_equal(pthread_attr_setstacksize(&huge, (size_t)1 << 47), 0);
	assert_int_equal(pthread_setattr_default_np(&huge), 0);
	compare(DIGEST_SHA256);
	assert_int_equal(pthread_setattr_default_np(&was), 0);
	pthread_attr_destroy(&was);
	pthread_attr_destroy(&huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_without_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
