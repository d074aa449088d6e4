/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>

#include "base/kvfile.h"

static void test_reads_and_writes(void **state)
{
	static const char text[] = "\n  B=2 \r\nA=1=x\n\nC=\nempty=\n D= y\t\n";
	cleanup_kvfile struct kvfile kv = KVFILE_INIT;
	unsigned line = 0;
	char *out;

	(void)state;
	assert_int_equal(kvfile_parse(&kv, text, &line), 0);
	assert_string_equal(kvfile_get(&kv, "A"), "1=x");
	assert_string_equal(kvfile_get(&kv, "B"), "2");
	assert_string_equal(kvfile_get(&kv, "C"), "");
	assert_string_equal(kvfile_get(&kv, "D"), " y");
	assert_null(kvfile_get(&kv, "a"));
	assert_null(kvfile_get(&kv, ""));
	out = kvfile_format(&kv);
	assert_string_equal(out, "A=1=x\nB=2\nC=\nD= y\nempty=\n");
	free(out);
}

static void test_no_newline_at_the_end(void **state)
{
	cleanup_kvfile struct kvfile kv = KVFILE_INIT;
	unsigned line;

	(void)state;
	assert_int_equal(kvfile_parse(&kv, "A=1\nB=2", &line), 0);
	assert_string_equal(kvfile_get(&kv, "B"), "2");
}

static void test_damaged(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {
		{ "A=1\nnonsense\n", 2 }, { "=x\n", 1 }, { "A=1\n\nA=2\n", 3 }, { "#x\n", 1 },
		{ "\x7f" "ELF\n", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kvfile kv = KVFILE_INIT;
		unsigned line = 0;

		assert_int_equal(kvfile_parse(&kv, cases[i].text, &line), -EINVAL);
		assert_int_equal(line, cases[i].line);
		kvfile_done(&kv);
	}
}

static void test_sets(void **state)
{
	cleanup_kvfile struct kvfile kv = KVFILE_INIT;
	char *out, key[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "K%02d", (i * 37) % 100);
		kvfile_set(&kv, key, key + 1);
	}
	assert_int_equal(kv.n, 100);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "K%02d", i);
		assert_string_equal(kv.pairs[i].key, key);
		assert_string_equal(kvfile_get(&kv, key), key + 1);
	}
	kvfile_set(&kv, "K50", "replaced");
	kvfile_set(&kv, "absent", NULL);
	assert_string_equal(kvfile_get(&kv, "K50"), "replaced");
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "K%02d", i);
		if (i != 50)
			kvfile_set(&kv, key, NULL);
	}
	out = kvfile_format(&kv);
	assert_string_equal(out, "K50=replaced\n");
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_and_writes),
		cmocka_unit_test(test_no_newline_at_the_end),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
