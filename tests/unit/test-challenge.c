/* SPDX-License-Identifier: MIT */
/* What servers ask for before they answer. */
#include "test.h"

#include <errno.h>

#include "base/strbuf.h"
#include "registry/challenge.h"

static const char *text_of(const char *s)
{
	return s ? s : "-";
}

/* All of them, in one line each. */
static char *show(const struct challenges *list)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < list->n; i++)
		strbuf_addf(&text, "%s|%s|%s|%s|%s\n", list->v[i].scheme, text_of(list->v[i].realm),
			    text_of(list->v[i].service), text_of(list->v[i].scope),
			    text_of(list->v[i].error));
	return strbuf_detach(&text);
}

static void assert_parsed(const char *value, const char *expected)
{
	cleanup_challenges struct challenges list = CHALLENGES_INIT;
	char *text;

	assert_int_equal(challenges_add(&list, value), 0);
	text = show(&list);
	assert_string_equal(text, expected);
	free(text);
}

static void test_forms(void **state)
{
	(void)state;
	assert_parsed("Basic realm=\"x\"", "basic|x|-|-|-\n");
	assert_parsed(
		"BEARER Realm=\"https://a/t\",SERVICE=\"s\",scope=\"repository:a/b:pull\",error=\"invalid_token\"",
		"bearer|https://a/t|s|repository:a/b:pull|invalid_token\n");
	/* A comma and a quote in quotes. */
	assert_parsed("Bearer realm=\"a,b\\\"c\\\\d\" , scope=\"x:pull,push\"",
		      "bearer|a,b\"c\\d|-|x:pull,push|-\n");
	assert_parsed("Bearer realm = \"a\"\t,\tservice =s", "bearer|a|s|-|-\n");
	assert_parsed("Bearer realm=https://a.example/token?x=y,service=s",
		      "bearer|https://a.example/token?x=y|s|-|-\n");
	assert_parsed("Bearer realm=\"\"", "bearer||-|-|-\n");
	assert_parsed("Basic", "basic|-|-|-|-\n");
	assert_parsed("", "");
	assert_parsed(" , ,", "");
	/* By the grammar no parameter but the data of a scheme that has none. */
	assert_parsed("Bearer realm=", "bearer|-|-|-|-\n");
	/* Parameters that mean nothing to us. */
	assert_parsed("Digest nonce=\"realm=y\", realm=\"x\", qop=auth", "digest|x|-|-|-\n");
}

static void test_several(void **state)
{
	(void)state;
	assert_parsed("Basic realm=\"x\", Bearer realm=\"y\",service=\"z\"",
		      "basic|x|-|-|-\nbearer|y|z|-|-\n");
	assert_parsed("Negotiate, Basic realm=x", "negotiate|-|-|-|-\nbasic|x|-|-|-\n");
	assert_parsed("Negotiate YWJj/+==, , NTLM,Basic realm=x,",
		      "negotiate|-|-|-|-\nntlm|-|-|-|-\nbasic|x|-|-|-\n");
}

static void test_several_fields(void **state)
{
	cleanup_challenges struct challenges list = CHALLENGES_INIT;

	(void)state;
	assert_int_equal(challenges_add(&list, "Basic realm=\"a\""), 0);
	assert_int_equal(challenges_add(&list, "Bearer realm=\"b\""), 0);
	assert_int_equal(challenges_add(&list, "Basic realm=\"c\""), 0);
	assert_string_equal(challenges_find(&list, "bearer")->realm, "b");
	assert_string_equal(challenges_find(&list, "basic")->realm, "a");
	assert_null(challenges_find(&list, "digest"));
}

static void test_wrong(void **state)
{
	static const char *const wrong[] = {
		"Bearer realm=\"x",
		"Bearer realm=\"x\\",
		"Bearer realm=\"x\"y",
		"Bearer realm=,service=s",
		"Bearer realm=\"x\" service=\"s\"",
		"Bearer realm=\"x\", realm=\"y\"",
		"=x",
		"\"x\"",
		"Bearer \"x\"",
		"Bearer: realm=x",
		"Bearer realm=\"x\r\ny\"",
		"Bearer realm=\"x\ny\"",
		"Bearer realm=\"x\x7f\"",
		"Bearer realm=\"x\", Basic realm=\"",
	};
	cleanup_challenges struct challenges list = CHALLENGES_INIT;

	(void)state;
	assert_int_equal(challenges_add(&list, "Basic realm=\"a\""), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (challenges_add(&list, wrong[i]) != -EINVAL)
			fail_msg("'%s' was taken", wrong[i]);
		/* What was there stays. */
		assert_int_equal(list.n, 1);
	}
}

static void test_bounds(void **state)
{
	cleanup_challenges struct challenges list = CHALLENGES_INIT;
	struct strbuf text = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < CHALLENGES_MAX; i++)
		strbuf_add_str(&text, "Basic,");
	assert_int_equal(challenges_add(&list, text.buf), 0);
	assert_int_equal(list.n, CHALLENGES_MAX);
	assert_int_equal(challenges_add(&list, "Basic"), -E2BIG);
	assert_int_equal(list.n, CHALLENGES_MAX);
	challenges_done(&list);
	strbuf_clear(&text);
	strbuf_add_str(&text, "Bearer realm=");
	while (text.len < CHALLENGE_BYTES_MAX)
		strbuf_add_char(&text, 'x');
	assert_int_equal(challenges_add(&list, text.buf), 0);
	challenges_done(&list);
	strbuf_add_char(&text, 'x');
	assert_int_equal(challenges_add(&list, text.buf), -E2BIG);
	assert_int_equal(list.n, 0);
	strbuf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),          cmocka_unit_test(test_several),
		cmocka_unit_test(test_several_fields), cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("challenge", tests, NULL, NULL);
}
