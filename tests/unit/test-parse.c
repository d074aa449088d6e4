/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>

#include "base/macro.h"
#include "base/parse.h"

static void test_u64(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		int r;
		uint64_t value;
	} cases[] = {
		{ "0", 0, UINT64_MAX, 0, 0 },
		{ "007", 0, 10, 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", 0, UINT64_MAX, -ERANGE, 0 },
		{ "99999999999999999999999", 0, UINT64_MAX, -ERANGE, 0 },
		{ "1", 2, 3, -ERANGE, 0 },
		{ "4", 2, 3, -ERANGE, 0 },
		{ "", 0, 9, -EINVAL, 0 },
		{ "-1", 0, 9, -EINVAL, 0 },
		{ "+1", 0, 9, -EINVAL, 0 },
		{ " 1", 0, 9, -EINVAL, 0 },
		{ "1 ", 0, 9, -EINVAL, 0 },
		{ "1x", 0, 9, -EINVAL, 0 },
		{ "0x1", 0, 9, -EINVAL, 0 },
		{ "1.0", 0, 9, -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t value = 77;

		assert_int_equal(parse_u64(cases[i].text, cases[i].min, cases[i].max, &value), cases[i].r);
		assert_true(value == (cases[i].r < 0 ? 77 : cases[i].value));
	}
}

static void test_size(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0, 0 },
		{ "7", 0, 7 },
		{ "7B", 0, 7 },
		{ "1K", 0, 1024 },
		{ "1k", 0, 1024 },
		{ "512M", 0, UINT64_C(512) << 20 },
		{ "2G", 0, UINT64_C(2) << 30 },
		{ "3t", 0, UINT64_C(3) << 40 },
		{ "16777215T", 0, UINT64_C(16777215) << 40 },
		{ "16777216T", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "M", -EINVAL, 0 },
		{ "1MB", -EINVAL, 0 },
		{ "1 M", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
		{ "1P", -EINVAL, 0 },
		{ "-1M", -EINVAL, 0 },
		{ "1\xc3\xa9", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 77;

		assert_int_equal(parse_size(cases[i].text, &bytes), cases[i].r);
		assert_true(bytes == (cases[i].r < 0 ? 77 : cases[i].bytes));
	}
}

static void test_hundredths(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t value;
	} cases[] = {
		{ "2", 0, 200 },
		{ "0.5", 0, 50 },
		{ "0.50", 0, 50 },
		{ "0.01", 0, 1 },
		{ "1.239", 0, 123 },
		{ "1000000", 0, 100000000 },
		{ "1000000.00", 0, 100000000 },
		{ "1000000.01", -ERANGE, 0 },
		{ "1000001", -ERANGE, 0 },
		{ "18446744073709551615", -ERANGE, 0 },
		{ "0", -ERANGE, 0 },
		{ "0.00", -ERANGE, 0 },
		{ "0.001", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ ".5", -EINVAL, 0 },
		{ "1.", -EINVAL, 0 },
		{ "1.x", -EINVAL, 0 },
		{ "1.5.1", -EINVAL, 0 },
		{ "1,5", -EINVAL, 0 },
		{ "1e2", -EINVAL, 0 },
		{ "inf", -EINVAL, 0 },
		{ "nan", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t value = 77;

		assert_int_equal(parse_hundredths(cases[i].text, &value), cases[i].r);
		assert_true(value == (cases[i].r < 0 ? 77 : cases[i].value));
	}
}

static void test_bool(void **state)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };
	static const char *const neither[] = { "", "y", "Yes", "TRUE", " yes", "2", "yesno" };
	bool b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		b = false;
		assert_int_equal(parse_bool(yes[i], &b), 0);
		assert_true(b);
		assert_int_equal(parse_bool(no[i], &b), 0);
		assert_false(b);
	}
	for (size_t i = 0; i < ARRAY_SIZE(neither); i++)
		assert_int_equal(parse_bool(neither[i], &b), -EINVAL);
}

static void test_format_size(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0B" },	      { 7, "7B" },
		{ 1023, "1023B" },    { 1024, "1.0K" },
		{ 1536, "1.5K" },     { 12 << 10, "12K" },
		{ 240 << 20, "240M" }, { UINT64_C(1) << 30, "1.0G" },
		{ UINT64_MAX, "15E" },
	};
	char buf[FORMAT_SIZE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(format_size(buf, cases[i].bytes), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),  cmocka_unit_test(test_size),
		cmocka_unit_test(test_hundredths), cmocka_unit_test(test_bool),
		cmocka_unit_test(test_format_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
