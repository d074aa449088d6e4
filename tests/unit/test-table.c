/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/table.h"

static const char *printed(const struct table *t)
{
	struct capture c = capture_start(stdout);

	table_print(t, stdout);
	return capture_end(&c);
}

static void test_aligns(void **state)
{
	cleanup_table struct table t = { 0 };

	(void)state;
	table_column(&t, "NAME");
	table_column(&t, "SIZE");
	table_column(&t, "OS");
	table_cell(&t, "a");
	table_cell(&t, "1");
	table_cell(&t, "Debian GNU/Linux 12");
	table_cell(&t, "\xc3\xa9t\xc3\xa9-long"); /* 8 characters in 10 bytes */
	table_cell(&t, "12345");
	table_cell(&t, "x");
	assert_string_equal(printed(&t), "NAME      SIZE   OS\n"
					 "a         1      Debian GNU/Linux 12\n"
					 "\xc3\xa9t\xc3\xa9-long  12345  x\n");
}

static void test_no_rows(void **state)
{
	cleanup_table struct table t = { 0 };

	(void)state;
	table_column(&t, "NAME");
	table_optional_column(&t, "DISK");
	table_column(&t, "OS");
	assert_string_equal(printed(&t), "NAME  OS\n");
}

static void test_optional_column(void **state)
{
	cleanup_table struct table t = { 0 };

	(void)state;
	table_column(&t, "NAME");
	table_optional_column(&t, "POD");
	table_optional_column(&t, "KUBE");
	table_cell(&t, "a");
	table_cell(&t, NULL);
	table_cell(&t, "");
	table_cell(&t, "b");
	table_cell(&t, "p");
	table_cell(&t, "");
	assert_string_equal(printed(&t), "NAME  POD\n"
					 "a\n"
					 "b     p\n");
}

static void test_empty_cells(void **state)
{
	cleanup_table struct table t = { 0 };

	(void)state;
	table_column(&t, "A");
	table_column(&t, "B");
	table_column(&t, "C");
	table_cell(&t, "");
	table_cell(&t, "long");
	table_cell(&t, "");
	table_cell(&t, "x");
	table_cell(&t, "");
	table_cell(&t, "1");
	assert_string_equal(printed(&t), "A  B     C\n"
					 "   long\n"
					 "x        1\n");
}

static void test_hostile_cell(void **state)
{
	cleanup_table struct table t = { 0 };

	(void)state;
	table_column(&t, "NAME");
	table_cell(&t, "\x1b[2J\nroot");
	assert_string_equal(printed(&t), "NAME\n\\x1b[2J\\x0aroot\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aligns),	    cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_optional_column), cmocka_unit_test(test_empty_cells),
		cmocka_unit_test(test_hostile_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
