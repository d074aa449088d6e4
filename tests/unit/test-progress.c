/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/progress.h"

static const char *bar(uint64_t n, uint64_t total, unsigned columns)
{
	static struct strbuf s;

	strbuf_clear(&s);
	progress_format(&s, "layer 1 of 2", n, total, columns);
	return strbuf_str(&s);
}

static void test_fits(void **state)
{
	(void)state;
	assert_string_equal(bar(0, 1024, 61), "layer 1 of 2             [          ]   0%  0B of 1.0K");
	assert_string_equal(bar(512, 1024, 61), "layer 1 of 2             [=====     ]  50%  512B of 1.0K");
	assert_string_equal(bar(1024, 1024, 61), "layer 1 of 2             [==========] 100%  1.0K of 1.0K");
	for (unsigned columns = 6; columns < 300; columns++)
		assert_true(strlen(bar(1000ULL << 30, 1023ULL << 40, columns)) <= columns);
}

static void test_narrow(void **state)
{
	(void)state;
	assert_string_equal(bar(512, 1024, 18), " 50% layer 1 of 2");
	assert_string_equal(bar(512, 1024, 11), " 50% layer");
	assert_string_equal(bar(512, 1024, 3), " 50% ");
}

/* What comes can be more than was said, until that is noticed; and there are empty ones. */
static void test_odd(void **state)
{
	(void)state;
	assert_string_equal(bar(2048, 1024, 61), "layer 1 of 2             [==========] 100%  2.0K of 1.0K");
	assert_string_equal(bar(0, 0, 61), "layer 1 of 2             [==========] 100%  0B of 0B");
}

/* A test's standard error is no terminal. */
static void test_off(void **state)
{
	(void)state;
	assert_int_equal(progress_due(), 0);
	assert_false(progress_begin());
	progress_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
