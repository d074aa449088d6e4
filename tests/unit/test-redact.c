/* SPDX-License-Identifier: MIT */
/* Passwords that messages leave out, and what they leave as it is. */
#include "test.h"

#include "base/cleanup.h"
#include "base/redact.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_redact(void **state)
{
	static const char *const cases[][2] = {
		{ "user:secret@host/x", "user:***@host/x" },
		{ "user:secret@host:5000/x:1", "user:***@host:5000/x:1" },
		{ "https://user:secret@host/x", "https://user:***@host/x" },
		{ "docker://user:secret@host/x", "docker://user:***@host/x" },
		{ "//user:secret@host/x", "//user:***@host/x" },
		{ "user:se://cret@host", "user:***@host" },
		{ "user:se@cr:et/@host/x", "user:***@host/x" },
		{ "user:secret@host/x@sha256:" HEX, "user:***@host/x@sha256:" HEX },
		{ ":secret@host", ":***@host" },
		{ "https://user:123/secret@host/", "https://user:***@host/" },
		/* None in it. */
		{ "", "" },
		{ "@", "@" },
		{ "host:5000/x:1", "host:5000/x:1" },
		{ "host:5000/x@sha256:" HEX, "host:5000/x@sha256:" HEX },
		{ "x:1@sha512:short", "x:1@sha512:short" },
		{ "https://host:80/x", "https://host:80/x" },
		{ "https://user@host:80/x", "https://user@host:80/x" },
		{ "./a:b@c", "./a:b@c" },
		{ "/a:b@c", "/a:b@c" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = redact(cases[i][0]);

		assert_string_equal(text, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
