/* SPDX-License-Identifier: MIT */
/* The connector protocol: what one side writes is what the other one reads, and nothing else is read. */
#include "test.h"

#include <errno.h>

#include "base/cleanup.h"
#include "wire/frame.h"

#define ARGV(...) ((char *[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

static char *arg(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* The text of a frame, and that its head is right. */
static const char *text_of(const struct strbuf *s)
{
	size_t len;

	assert_true(s->len >= FRAME_HEAD);
	assert_int_equal(frame_length((const unsigned char *)s->buf, &len), 0);
	assert_int_equal(len, s->len - FRAME_HEAD);
	return s->buf + FRAME_HEAD;
}

static void assert_argv_text(char *const *argv, const char *expected)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	assert_int_equal(frame_add_argv(&s, argv), 0);
	assert_string_equal(text_of(&s), expected);
}

static void test_bytes(void **state)
{
	static const char request[] = "\0\0\0\x15{\"argv\":[\"-v\",\"a b\"]}";
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	(void)state;
	assert_int_equal(frame_add_argv(&s, ARGV(arg("-v"), arg("a b"))), 0);
	assert_int_equal(s.len, sizeof(request) - 1);
	assert_memory_equal(s.buf, request, s.len);
	strbuf_clear(&s);
	frame_add_exit_code(&s, 143);
	assert_memory_equal(s.buf, "\0\0\0\x11{\"exit_code\":143}", s.len);
	strbuf_clear(&s);
	frame_add_signal(&s, 15);
	assert_memory_equal(s.buf, "\0\0\0\x0d{\"signal\":15}", s.len);
}

static void test_argv_text(void **state)
{
	(void)state;
	assert_argv_text(ARGV(), "{\"argv\":[]}");
	assert_argv_text(ARGV(arg("")), "{\"argv\":[\"\"]}");
	assert_argv_text(ARGV(arg("\"\\/\b\f\n\r\t\x01\x1f\x7f")),
			 "{\"argv\":[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"]}");
	assert_argv_text(ARGV(arg("\xc3\xa9 \xff")), "{\"argv\":[\"\xc3\xa9 \xff\"]}");
}

/* Every byte but NUL, alone and in all pairs. */
static void test_any_bytes(void **state)
{
	(void)state;
	for (unsigned a = 1; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			char text[3] = { (char)a, (char)b, '\0' };
			cleanup_strbuf struct strbuf s = STRBUF_INIT;
			cleanup_strv struct strv list = STRV_INIT;

			assert_int_equal(frame_add_argv(&s, ARGV(text)), 0);
			assert_int_equal(frame_read_argv(text_of(&s), s.len - FRAME_HEAD, &list), 0);
			assert_int_equal(list.n, 1);
			assert_string_equal(list.v[0], text);
		}
	}
}

static void test_size(void **state)
{
	const size_t most = FRAME_MAX - strlen("{\"argv\":[\"\"]}");
	cleanup_free char *text = calloc(1, most + 2);
	cleanup_strbuf struct strbuf s = STRBUF_INIT;
	size_t len;

	(void)state;
	memset(text, 'x', most);
	assert_int_equal(frame_add_argv(&s, ARGV(text)), 0);
	assert_int_equal(s.len, FRAME_HEAD + FRAME_MAX);
	assert_int_equal(frame_length((const unsigned char *)s.buf, &len), 0);
	text[most] = 'x';
	strbuf_clear(&s);
	assert_int_equal(frame_add_argv(&s, ARGV(text)), -E2BIG);
	assert_int_equal(s.len, 0);
	assert_int_equal(frame_length((const unsigned char *)"\0\x10\0\0", &len), 0);
	assert_int_equal(frame_length((const unsigned char *)"\0\x10\0\1", &len), -EMSGSIZE);
	assert_int_equal(frame_length((const unsigned char *)"\xff\xff\xff\xff", &len), -EMSGSIZE);
}

static void assert_argv(const char *text, size_t n, const char *last)
{
	cleanup_strv struct strv list = STRV_INIT;

	assert_int_equal(frame_read_argv(text, strlen(text), &list), 0);
	assert_int_equal(list.n, n);
	if (n > 0)
		assert_string_equal(list.v[n - 1], last);
}

static void test_others_write(void **state)
{
	(void)state;
	assert_argv(" {\n\t\"argv\" : [ \"a\" ,\r\"b\" ] } \n", 2, "b");
	assert_argv("{\"\\u0061rgv\":[]}", 0, NULL);
	assert_argv("{\"argv\":[\"\\u00e9\\u20AC\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\"\\\\\"]}", 1,
		    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80/\b\f\n\r\t\"\\");
}

static void test_wrong_argv(void **state)
{
	static const char *const wrong[] = {
		"", "{", "{}", "[]", "null", "{\"argv\"}", "{\"argv\":}", "{\"argv\":null}", "{\"argv\":[}",
		"{\"argv\":[\"a\"}", "{\"argv\":[\"a\",]}", "{\"argv\":[,\"a\"]}", "{\"argv\":[\"a\" \"b\"]}",
		"{\"argv\":[1]}", "{\"argv\":[null]}", "{\"argv\":[[\"a\"]]}", "{\"argv\":[\"a\"]", "{\"argv\":[\"a]}",
		"{\"argv\":[\"a\"]}x", "{\"argv\":[\"a\"]}{}", "{\"argv\":[\"a\"],\"argv\":[]}", "{\"arg\":[]}",
		"{\"argv\":[\"a\"],\"env\":[]}", "{\"argv\":[\"\n\"]}", "{\"argv\":[\"\\x\"]}", "{\"argv\":[\"\\",
		"{\"argv\":[\"\\u\"]}", "{\"argv\":[\"\\u00e\"]}", "{\"argv\":[\"\\u0000\"]}", "{\"argv\":[\"\\ud83d\"]}",
		"{\"argv\":[\"\\ude00\"]}", "{\"argv\":[\"\\ud83dx\"]}", "{\"argv\":[\"\\ud83d\\u0041\"]}",
		"{\"argv\":[\"\\ud83d\\", "{\"argv\":[\"\\ud8", "\xef\xbb\xbf{\"argv\":[]}", "{argv:[]}", "{'argv':[]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_strv struct strv list = STRV_INIT;
		size_t len = strlen(wrong[i]);
		/* Of this length, so that the sanitizers see a look behind it. */
		cleanup_free char *text = malloc(len + !len);

		memcpy(text, wrong[i], len);
		strv_add(&list, "before");
		if (frame_read_argv(text, len, &list) != -EBADMSG)
			fail_msg("'%s' was read", wrong[i]);
		assert_int_equal(list.n, 1);
	}
}

/* A NUL in the text is no end of it. */
static void test_nul(void **state)
{
	cleanup_strv struct strv list = STRV_INIT;

	(void)state;
	assert_int_equal(frame_read_argv("{\"argv\":[\"a\0\"]}", 15, &list), -EBADMSG);
	assert_int_equal(frame_read_argv("{\"argv\":[]}\0", 12, &list), -EBADMSG);
}

static void test_numbers(void **state)
{
	static const char *const wrong[] = { "{\"exit_code\":-1}", "{\"exit_code\":256}", "{\"exit_code\":01}",
					     "{\"exit_code\":1.0}", "{\"exit_code\":1e1}", "{\"exit_code\":\"1\"}",
					     "{\"exit_code\":}", "{\"exit_code\":99999999999999999999}",
					     "{\"exit\":1}", "{\"exit_code\":1", "{\"exit_code\":1}}", "1" };
	int n = 7;

	(void)state;
	assert_int_equal(frame_read_exit_code("{\"exit_code\": 0 }", 17, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(frame_read_exit_code("{\"exit_code\":255}", 17, &n), 0);
	assert_int_equal(n, 255);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(frame_read_exit_code(wrong[i], strlen(wrong[i]), &n), -EBADMSG);
	assert_int_equal(n, 255);
	assert_int_equal(frame_read_signal("{\"signal\":64}", 13, &n), 0);
	assert_int_equal(n, 64);
	assert_int_equal(frame_read_signal("{\"signal\":0}", 12, &n), -EBADMSG);
	assert_int_equal(frame_read_signal("{\"signal\":65}", 13, &n), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_argv_text),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_others_write),
		cmocka_unit_test(test_wrong_argv),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
