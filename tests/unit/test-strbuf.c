/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/strbuf.h"
#include "base/strv.h"

static void test_empty(void **state)
{
	struct strbuf s = STRBUF_INIT;
	char *text;

	(void)state;
	assert_string_equal(strbuf_str(&s), "");
	strbuf_clear(&s);
	assert_null(s.buf);
	text = strbuf_detach(&s);
	assert_string_equal(text, "");
	free(text);
	strbuf_done(&s);
}

static void test_grows(void **state)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		strbuf_add_char(&s, (char)('a' + i % 26));
		assert_int_equal(s.len, i + 1);
		assert_int_equal(s.buf[s.len], '\0');
	}
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(s.buf[i], 'a' + i % 26);
	strbuf_clear(&s);
	assert_string_equal(strbuf_str(&s), "");
	strbuf_add(&s, "a\0b", 3);
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.buf, "a\0b", 4);
	strbuf_add(&s, NULL, 0);
	assert_int_equal(s.len, 3);
}

static void test_formats(void **state)
{
	struct strbuf s = STRBUF_INIT;
	char *text;

	(void)state;
	strbuf_add_str(&s, "x");
	strbuf_addf(&s, "-%d-%s", 7, "y");
	text = strbuf_detach(&s);
	assert_string_equal(text, "x-7-y");
	assert_null(s.buf);
	assert_int_equal(s.len, 0);
	free(text);
}

static void test_reserves(void **state)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	(void)state;
	strbuf_add_str(&s, "ab");
	memcpy(strbuf_reserve(&s, 1000), "cd", 3);
	s.len += 2;
	strbuf_add_str(&s, "e");
	assert_string_equal(s.buf, "abcde");
}

static void test_escapes(void **state)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	(void)state;
	strbuf_add_escaped(&s, "a\x1b[2Jb\n\t\x7f\x01 \xc3\xa9 \\x41");
	assert_string_equal(s.buf, "a\\x1b[2Jb\\x0a\\x09\\x7f\\x01 \xc3\xa9 \\x41");
	strbuf_clear(&s);
	/* U+009B begins a control sequence, too; U+00A0 does not. */
	strbuf_add_escaped(&s, "\xc2\x9b" "2J \xc2\xa0 \xe2\x80\x9c \xc2");
	assert_string_equal(s.buf, "\\xc2\\x9b2J \xc2\xa0 \xe2\x80\x9c \xc2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	 cmocka_unit_test(test_grows),
		cmocka_unit_test(test_formats),	 cmocka_unit_test(test_reserves),
		cmocka_unit_test(test_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
