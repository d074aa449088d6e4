/* SPDX-License-Identifier: MIT */
/* Which documents are read, and how values are taken out of them. */
#include "test.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/jsonread.h"

static int read_text(const char *text, json_t **ret, char **ret_message)
{
	return json_read(text, strlen(text), 1000000, ret, ret_message);
}

static const char *const bad[] = {
	"",
	" ",
	"1",
	"\"x\"",
	"null",
	"{",
	"[",
	"}",
	"{\"a\":1",
	"{\"a\":1}}",
	"{} {}",
	"{}x",
	"[1,]",
	"{\"a\":1,}",
	"{a:1}",
	"{'a':1}",
	"{\"a\":1,\"a\":2}",
	"{\"a\":1,\"\\u0061\":2}",
	"[{\"a\":1,\"b\":2,\"a\":1}]",
	"[NaN]",
	"[Infinity]",
	"[-]",
	"[01]",
	"[+1]",
	"[1.]",
	"[.5]",
	"[9223372036854775808]",
	"[1e999]",
	"[\"\\ud800\"]",
	"[\"\\udc00\\ud800\"]",
	"[\"\\u0000\"]",
	"[\"\\x\"]",
	"[\"\xff\"]",
	"[\"\xed\xa0\x80\"]",
	"[\"a\nb\"]",
	"\xef\xbb\xbf{}",
	"[/**/]",
	"[True]",
	"\\[",
	"]",
};

static void test_refused(void **state)
{
	static const char with_nul[] = "{}\0";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_free char *message = NULL;
		cleanup_json json_t *json = NULL;

		if (read_text(bad[i], &json, &message) != -EINVAL)
			fail_msg("'%s' is read", bad[i]);
		assert_null(json);
		assert_memory_equal(message, "line ", 5);
	}
	for (size_t len = 2; len <= 3; len++) {
		cleanup_free char *message = NULL;
		cleanup_json json_t *json = NULL;

		assert_int_equal(json_read(with_nul, len, 3, &json, &message),
				 len == 2 ? 0 : -EINVAL);
	}
}

static void expect(const char *text, size_t len, size_t max, const char *want)
{
	cleanup_free char *message = NULL;
	cleanup_json json_t *json = NULL;
	int r = json_read(text, len, max, &json, &message);

	assert_int_equal(r < 0, want != NULL);
	if (want)
		assert_string_equal(message, want);
}

static char *nested(size_t depth)
{
	char *text = xmalloc(2 * depth + 1);

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	text[2 * depth] = '\0';
	return text;
}

static void test_bounds(void **state)
{
	cleanup_free char *deep = nested(64), *deeper = nested(65), *deepest = nested(100000);
	cleanup_free char *many = xcalloc(JSON_VALUES_MAX + 2, 2);
	char *end = many + (size_t)JSON_VALUES_MAX * 2;
	static const char quoted[] =
		"[\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\\\"]";

	(void)state;
	expect("{}", 2, 2, NULL);
	expect("{} ", 3, 2, "it has more than 2 bytes");
	expect(deep, 128, 128, NULL);
	expect(deeper, 130, 130, "it is nested deeper than 64 levels");
	expect(deepest, 200000, 200000, "it is nested deeper than 64 levels");
	expect(quoted, strlen(quoted), 1000, NULL);
	for (size_t i = 0; i < JSON_VALUES_MAX; i++)
		memcpy(many + 2 * i, i == 0 ? "[0" : ",0", 2);
	*end = ']';
	expect(many, (size_t)(end + 1 - many), 1 << 20, NULL);
	memcpy(end, ",0]", 3);
	expect(many, (size_t)(end + 3 - many), 1 << 20, "it has more than 262144 values");
}

static const char values[] =
	"{\"s\":\"text\",\"i\":9007199254740991,\"big\":9007199254740992,\"neg\":-1,\"r\":1.0,"
	"\"n\":null,\"l\":[\"a\",\"bc\"],\"mixed\":[\"a\",1],\"o\":{},\"t\":true,\"f\":false}";

static void test_values(void **state)
{
	cleanup_free char *message = NULL;
	cleanup_strv struct strv list = STRV_INIT;
	cleanup_json json_t *json = NULL;
	const char *s = "";
	json_t *value;
	uint64_t n = 7;

	(void)state;
	assert_int_equal(read_text(values, &json, &message), 0);
	assert_int_equal(json_get_string(json, "s", &s, &message), 0);
	assert_string_equal(s, "text");
	assert_int_equal(json_get_string(json, "n", &s, &message), 0);
	assert_null(s);
	assert_int_equal(json_get_string(json, "none", &s, &message), 0);
	assert_null(s);
	assert_int_equal(json_get_integer(json, "none", &n, &message), 0);
	assert_int_equal(n, 7);
	assert_int_equal(json_get_integer(json, "i", &n, &message), 0);
	assert_true(n == JSON_INTEGER_MAX);
	assert_int_equal(json_get(json, "o", JSON_OBJECT, &value, &message), 0);
	assert_non_null(value);
	assert_int_equal(json_get(json, "t", JSON_TRUE, &value, &message), 0);
	assert_true(value && json_is_true(value));
	assert_int_equal(json_get(json, "f", JSON_TRUE, &value, &message), 0);
	assert_true(value && json_is_false(value));
	assert_int_equal(json_get_strv(json, "n", 0, 0, &list, &message), 0);
	assert_int_equal(json_get_strv(json, "l", 2, 2, &list, &message), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.v[1], "bc");
	assert_null(message);
}

static void test_wrong_values(void **state)
{
	cleanup_free char *message = NULL;
	cleanup_strv struct strv list = STRV_INIT;
	cleanup_json json_t *json = NULL;
	const char *s = "";
	json_t *value;
	uint64_t n = 7;

	(void)state;
	assert_int_equal(read_text(values, &json, &message), 0);
	assert_int_equal(json_get_string(json, "i", &s, &message), -EINVAL);
	assert_string_equal(message, "'i' is not a string");
	assert_int_equal(json_get_integer(json, "s", &n, &message), -EINVAL);
	assert_string_equal(message, "'s' is not a whole number");
	assert_int_equal(json_get_integer(json, "r", &n, &message), -EINVAL);
	assert_int_equal(json_get_integer(json, "big", &n, &message), -ERANGE);
	assert_int_equal(json_get_integer(json, "neg", &n, &message), -ERANGE);
	assert_string_equal(message, "'neg' is out of range");
	assert_int_equal(json_get(json, "s", JSON_TRUE, &value, &message), -EINVAL);
	assert_string_equal(message, "'s' is not true or false");
	assert_int_equal(json_get(json, "l", JSON_OBJECT, &value, &message), -EINVAL);
	assert_null(value);
	assert_int_equal(json_get_strv(json, "o", 9, 9, &list, &message), -EINVAL);
	assert_string_equal(message, "'o' is not a list");
	assert_int_equal(json_get_strv(json, "mixed", 9, 9, &list, &message), -EINVAL);
	assert_string_equal(message, "'mixed' has an entry that is no string");
	assert_int_equal(json_get_strv(json, "l", 1, 9, &list, &message), -E2BIG);
	assert_string_equal(message, "'l' has more than 1 entries");
	assert_int_equal(json_get_strv(json, "l", 2, 1, &list, &message), -E2BIG);
	assert_string_equal(message, "'l' has an entry of more than 1 bytes");
	assert_int_equal(message_prefix(&message, -EIO, "layer %d: ", 3), -EIO);
	assert_string_equal(message, "layer 3: 'l' has an entry of more than 1 bytes");
	assert_int_equal(n, 7);
}

static int load(void **state)
{
	(void)state;
	return json_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_wrong_values),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
