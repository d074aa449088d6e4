/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/strv.h"

static void assert_list(const struct strv *list, const char *expected)
{
	char *all = strv_join(list, "|");

	assert_string_equal(all, expected);
	free(all);
	if (list->v)
		assert_null(list->v[list->n]);
}

static void test_empty(void **state)
{
	struct strv list = STRV_INIT;

	(void)state;
	assert_list(&list, "");
	assert_false(strv_contains(&list, ""));
	STRV_FOREACH(s, &list)
		fail_msg("there is nothing, but %s", s);
	strv_remove(&list, "x");
	strv_sort(&list);
	strv_done(&list);
}

static void test_grows(void **state)
{
	struct strv list = STRV_INIT;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		strv_addf(&list, "%d", i);
		assert_int_equal(list.n, i + 1);
		assert_null(list.v[list.n]);
	}
	STRV_FOREACH(s, &list)
		assert_int_equal(strtol(s, NULL, 10), n++);
	assert_int_equal(n, 1000);
	strv_done(&list);
	assert_null(list.v);
	assert_int_equal(list.n, 0);
}

static void test_removes_every_one(void **state)
{
	struct strv list = STRV_INIT, other = STRV_INIT;

	(void)state;
	strv_split(&list, "a,b,a,c,a", ',');
	strv_remove(&list, "a");
	assert_list(&list, "b|c");
	strv_add_all(&other, &list);
	strv_add_all(&other, &list);
	assert_list(&other, "b|c|b|c");
	assert_true(strv_contains(&other, "c"));
	assert_false(strv_contains(&other, "a"));
	strv_remove(&list, "b");
	strv_remove(&list, "c");
	assert_list(&list, "");
	strv_done(&list);
	strv_done(&other);
}

static void test_sorts_by_bytes(void **state)
{
	struct strv list = STRV_INIT;

	(void)state;
	strv_split(&list, "b,a-,Z,a,\xc3\xa9,a0", ',');
	strv_sort(&list);
	assert_list(&list, "Z|a|a-|a0|b|\xc3\xa9");
	strv_done(&list);
}

static void test_split(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "a", "a" }, { ",", "|" }, { "a,", "a|" }, { ",a", "|a" }, { "a,,b", "a||b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strv list = STRV_INIT;

		strv_split(&list, cases[i][0], ',');
		assert_list(&list, cases[i][1]);
		strv_done(&list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_removes_every_one),
		cmocka_unit_test(test_sorts_by_bytes),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
