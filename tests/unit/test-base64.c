/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>

#include "base/base64.h"
#include "base/macro.h"

/* The vectors of RFC 4648, section 10, and one with the last two digits. */
static const struct {
	const char *plain, *coded;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "+/+/" },
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		char *text = base64_encode(vectors[i].plain, strlen(vectors[i].plain));

		assert_string_equal(text, vectors[i].coded);
		free(text);
		assert_int_equal(base64_decode(vectors[i].coded, &text), 0);
		assert_string_equal(text, vectors[i].plain);
		free(text);
	}
}

static void test_wrong(void **state)
{
	static const char *const wrong[] = { "Z",      "Zg",    "Zg=",      "=",
					     "====",   "Zg===", "Zm8=Zm8=", "Z g=",
					     "Zm9v\n", "Zm-v",  "AA==",     "Zm9vAAAA" };
	char *text = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (base64_decode(wrong[i], &text) != -EINVAL)
			fail_msg("'%s' was taken", wrong[i]);
	}
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors),
					    cmocka_unit_test(test_wrong) };

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
