/* SPDX-License-Identifier: MIT */
/* Every form of the option grammar, and the option tables of every applet. */
#include "test.h"

#include <ctype.h>
#include <errno.h>

#include "applet.h"
#include "base/log.h"
#include "base/opt.h"

static bool arg_all, arg_quiet;
static const char *arg_name;
static struct strv arg_binds;
static int called;

static int accept_number(const char *value, void *data)
{
	called++;
	*(const char **)data = value;
	return isdigit((unsigned char)*value) ? 0 : log_error_code(-EINVAL, "'%s' is no number", value);
}

static const char *arg_number;

static const struct opt opts[] = {
	OPT_GROUP("First"),
	OPT_FLAG('a', "all", &arg_all, "Everything"),
	OPT_FLAG('q', "quiet", &arg_quiet, "Nothing"),
	OPT_STR('n', "name", "NAME", &arg_name, "A name", .words = WORDS_CONTAINER),
	OPT_GROUP("Second"),
	OPT_LIST('b', "bind", "PATH", &arg_binds, "A path", .words = WORDS_FILE),
	OPT_CALL(0, "number", "N", accept_number, &arg_number, "A number", .choices = "1 2", .repeats = true),
	OPT_CALL(0, "once", "N", accept_number, &arg_number, "One number"),
	OPT_FLAG(0, "secret", &arg_quiet, "Not shown", .hidden = true),
	OPT_END,
};
static const struct opt more_opts[] = {
	OPT_FLAG('h', "help", &arg_all, "Show this text"),
	OPT_END,
};
static const struct opt *const tables[] = { opts, more_opts, NULL };

static struct strv operands;
static int dashes;
static const char *said;

/* Parse words; options_until as in an applet. */
static int parse_until(int options_until, const char *const *words)
{
	static const char *argv[32];
	int argc = 1, r;
	struct capture c;

	argv[0] = "test";
	for (; words[argc - 1]; argc++)
		argv[argc] = words[argc - 1];
	argv[argc] = NULL;

	arg_all = arg_quiet = false;
	arg_name = arg_number = NULL;
	called = 0;
	strv_done(&arg_binds);
	strv_done(&operands);
	c = capture_start(stderr);
	r = opt_parse(tables, argc, (char *const *)(uintptr_t)argv, options_until, &operands, &dashes);
	said = capture_end(&c);
	return r;
}

#define PARSE(...) parse_until(0, (const char *const[]){ __VA_ARGS__, NULL })
#define PARSE_UNTIL(n, ...) parse_until(n, (const char *const[]){ __VA_ARGS__, NULL })

static void assert_operands(const char *expected)
{
	char *all = strv_join(&operands, "|");

	assert_string_equal(all, expected);
	free(all);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(parse_until(0, (const char *const[]){ NULL }), 0);
	assert_int_equal(operands.n, 0);
	assert_int_equal(dashes, -1);
	assert_string_equal(said, "");
}

static void test_flags(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-a"), 0);
	assert_true(arg_all && !arg_quiet);
	assert_int_equal(PARSE("-aq"), 0);
	assert_true(arg_all && arg_quiet);
	assert_int_equal(PARSE("--quiet"), 0);
	assert_true(!arg_all && arg_quiet);
	assert_int_equal(PARSE("--secret"), 0);
	assert_true(arg_quiet);
	assert_int_equal(PARSE("-a", "-a"), 0);
}

static void test_values(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--name=x"), 0);
	assert_string_equal(arg_name, "x");
	assert_int_equal(PARSE("--name", "x"), 0);
	assert_string_equal(arg_name, "x");
	assert_int_equal(PARSE("-nx"), 0);
	assert_string_equal(arg_name, "x");
	assert_int_equal(PARSE("-n", "x"), 0);
	assert_string_equal(arg_name, "x");
	assert_int_equal(PARSE("-aqnx"), 0);
	assert_string_equal(arg_name, "x");
	assert_true(arg_all && arg_quiet);
	assert_int_equal(PARSE("-aqn", "x", "y"), 0);
	assert_string_equal(arg_name, "x");
	assert_operands("y");
}

static void test_values_of_odd_forms(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--name="), 0);
	assert_string_equal(arg_name, "");
	assert_int_equal(PARSE("--name", ""), 0);
	assert_string_equal(arg_name, "");
	assert_int_equal(PARSE("--name=a=b"), 0);
	assert_string_equal(arg_name, "a=b");
	/* A value may look like an option, or be the two dashes. */
	assert_int_equal(PARSE("--name", "-a"), 0);
	assert_string_equal(arg_name, "-a");
	assert_false(arg_all);
	assert_int_equal(PARSE("-n", "--", "-a"), 0);
	assert_string_equal(arg_name, "--");
	assert_true(arg_all);
	assert_int_equal(dashes, -1);
	assert_int_equal(PARSE("-n=x"), 0);
	assert_string_equal(arg_name, "=x");
}

static void test_repeated(void **state)
{
	char *all;

	(void)state;
	assert_int_equal(PARSE("-b1", "--bind=2", "x", "-b", "3", "--bind", "4"), 0);
	all = strv_join(&arg_binds, ",");
	assert_string_equal(all, "1,2,3,4");
	free(all);
	assert_int_equal(PARSE("-nx", "-ny"), 0); /* the last one counts */
	assert_string_equal(arg_name, "y");
}

static void test_calls(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--number=12", "--number", "3"), 0);
	assert_int_equal(called, 2);
	assert_string_equal(arg_number, "3");
	assert_int_equal(PARSE("--number=x", "--number=1"), -EINVAL);
	assert_int_equal(called, 1); /* the first error ends it */
	assert_string_equal(said, "sdme: 'x' is no number\n");
}

static void test_operands(void **state)
{
	(void)state;
	assert_int_equal(PARSE("x", "-a", "y", "-", "-nz", ""), 0);
	assert_true(arg_all);
	assert_string_equal(arg_name, "z");
	assert_operands("x|y|-|");
	assert_int_equal(dashes, -1);
}

static void test_dashes(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--", "-a", "--name"), 0);
	assert_operands("-a|--name");
	assert_int_equal(dashes, 0);
	assert_false(arg_all);
	assert_int_equal(PARSE("x", "-a", "--", "--", "y"), 0);
	assert_operands("x|--|y");
	assert_int_equal(dashes, 1);
	assert_true(arg_all);
	assert_int_equal(PARSE("x", "--"), 0);
	assert_int_equal(dashes, 1);
	assert_operands("x");
}

static void test_options_until(void **state)
{
	(void)state;
	assert_int_equal(PARSE_UNTIL(2, "c", "-a", "cmd", "-q", "--name"), 0);
	assert_operands("c|cmd|-q|--name");
	assert_true(arg_all && !arg_quiet);
	assert_int_equal(PARSE_UNTIL(1, "c", "-a"), 0);
	assert_operands("c|-a");
	assert_false(arg_all);
	/* The dashes behind the end are the command's. */
	assert_int_equal(PARSE_UNTIL(2, "c", "cmd", "--", "x"), 0);
	assert_operands("c|cmd|--|x");
	assert_int_equal(dashes, -1);
	assert_int_equal(PARSE_UNTIL(2, "c", "--", "-q", "--", "x"), 0);
	assert_operands("c|-q|--|x");
	assert_int_equal(dashes, 1);
	assert_int_equal(PARSE_UNTIL(2, "-n", "v", "c", "-a", "cmd", "-a"), 0);
	assert_operands("c|cmd|-a");
	assert_string_equal(arg_name, "v");
}

static void test_errors(void **state)
{
	static const struct {
		const char *words[4];
		const char *message;
	} cases[] = {
		{ { "--nane" }, "sdme: unknown option '--nane', did you mean '--name'?\n" },
		{ { "--nam=x" }, "sdme: unknown option '--nam', did you mean '--name'?\n" },
		{ { "--xyzzy" }, "sdme: unknown option '--xyzzy'\n" },
		{ { "--secre" }, "sdme: unknown option '--secre'\n" },
		{ { "--hlep" }, "sdme: unknown option '--hlep', did you mean '--help'?\n" },
		{ { "--=x" }, "sdme: unknown option '--'\n" },
		{ { "-x" }, "sdme: unknown option '-x'\n" },
		{ { "-ax" }, "sdme: unknown option '-x'\n" },
		{ { "--all=yes" }, "sdme: option '--all' takes no value\n" },
		{ { "--all=" }, "sdme: option '--all' takes no value\n" },
		{ { "--name" }, "sdme: option '--name' needs a value: NAME\n" },
		{ { "x", "-an" }, "sdme: option '-n' needs a value: NAME\n" },
		{ { "-\t" }, "sdme: unknown option '-\\x09'\n" },
		{ { "--First" }, "sdme: unknown option '--First'\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse_until(0, cases[i].words), -EINVAL);
		assert_string_equal(said, cases[i].message);
	}
}

static void test_help(void **state)
{
	struct capture c;

	(void)state;
	c = capture_start(stdout);
	opt_print_help(tables, stdout);
	assert_string_equal(capture_end(&c),
			    "\nFirst:\n"
			    "  -a, --all                   Everything\n"
			    "  -q, --quiet                 Nothing\n"
			    "  -n, --name=NAME             A name\n"
			    "\nSecond:\n"
			    "  -b, --bind=PATH             A path\n"
			    "      --number=N              A number\n"
			    "      --once=N                One number\n"
			    "  -h, --help                  Show this text\n");
}

static void test_help_wraps(void **state)
{
	static const struct opt wide[] = {
		OPT_STR(0, "quite-a-long-name-for-it", "VALUE", &arg_name,
			"This is a phrase of sixty characters, and that is the limit"),
		OPT_END,
	};
	const struct opt *const wide_tables[] = { wide, NULL };
	struct capture c;

	(void)state;
	c = capture_start(stdout);
	opt_print_help(wide_tables, stdout);
	assert_string_equal(capture_end(&c),
			    "      --quite-a-long-name-for-it=VALUE\n"
			    "                              This is a phrase of sixty characters, and that is\n"
			    "                              the limit\n");
}

static void test_dump(void **state)
{
	struct capture c;

	(void)state;
	c = capture_start(stdout);
	opt_dump(tables, stdout);
	assert_string_equal(capture_end(&c),
			    "group\tFirst\n"
			    "option\ta\tall\t-\t-\t-\t-\tEverything\n"
			    "option\tq\tquiet\t-\t-\t-\t-\tNothing\n"
			    "option\tn\tname\tNAME\tcontainer\t-\t-\tA name\n"
			    "group\tSecond\n"
			    "option\tb\tbind\tPATH\tfile\t-\trepeats\tA path\n"
			    "option\t-\tnumber\tN\t-\t1 2\trepeats\tA number\n"
			    "option\t-\tonce\tN\t-\t-\t-\tOne number\n"
			    "option\th\thelp\t-\t-\t-\t-\tShow this text\n");
}

static void test_check(void **state)
{
	static const struct opt wrong[][3] = {
		{ OPT_FLAG('a', "all", &arg_all, "Everything."), OPT_END },
		{ OPT_FLAG('a', "all", &arg_all, ""), OPT_END },
		{ OPT_FLAG('a', NULL, &arg_all, "Everything"), OPT_END },
		{ OPT_FLAG('a', "all", NULL, "Everything"), OPT_END },
		{ OPT_FLAG('a', "all", &arg_all, "Everything", .metavar = "X"), OPT_END },
		{ OPT_STR('a', "all", NULL, &arg_name, "Everything"), OPT_END },
		{ OPT_FLAG('a', "all", &arg_all,
			   "This is a phrase of more than sixty characters, and over the limit"), OPT_END },
		{ OPT_FLAG('a', "all", &arg_all, "A"), OPT_FLAG('a', "any", &arg_all, "B"), OPT_END },
		{ OPT_FLAG('a', "all", &arg_all, "A"), OPT_FLAG('b', "all", &arg_all, "B"), OPT_END },
		{ OPT_GROUP(""), OPT_END },
	};

	(void)state;
	assert_null(opt_check(tables));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const struct opt *const one[] = { wrong[i], NULL };

		assert_non_null(opt_check(one));
	}
}

static int words_rank(const char *s)
{
	int n = 1;

	for (; *s; s++)
		n += *s == ' ';
	return n;
}

/* What the tables of every applet must be, beyond what opt_check() can see from inside one. */
static void check_applet(const struct applet *a)
{
	static const struct opt none[] = { OPT_END };
	const struct opt *const one[] = { a->opts ? a->opts : none, NULL };
	const char *wrong = opt_check(one);

	if (wrong)
		fail_msg("%s: %s", a->name, wrong);
	if (!after_prefix(a->name, "sdme-") || !a->summary || !a->synopsis || !a->run)
		fail_msg("%s: a name, summary, synopsis or function is missing", a->name);
	if (!isupper((unsigned char)a->summary[0]) || has_suffix(a->summary, ".") ||
	    strlen(a->summary) > (a->flags & APPLET_PLUMBING ? 76 : 60)) /* a line, or one of a list */
		fail_msg("%s: the summary is no phrase, or too long a one", a->name);
	if (a->max_operands >= 0 && a->max_operands < a->min_operands)
		fail_msg("%s: more operands are needed than are allowed", a->name);
	if ((a->max_operands != 0) != (*a->synopsis != '\0'))
		fail_msg("%s: the synopsis does not fit the number of operands", a->name);
	for (const struct opt *o = one[0]; o->type != OPT_TYPE_END; o++) {
		if (!isupper((unsigned char)o->help[0]) || strchr(o->help, '\t'))
			fail_msg("%s: the help '%s' does not begin with a capital letter", a->name, o->help);
		if (o->metavar && strpbrk(o->metavar, " \t"))
			fail_msg("%s: the metavar '%s' is not one word", a->name, o->metavar);
		if (o->choices && words_rank(o->choices) < 2)
			fail_msg("%s: '--%s' has one choice", a->name, o->long_name);
	}
}

static void test_applets(void **state)
{
	(void)state;
	for (const struct applet *const *a = applets; *a; a++) {
		check_applet(*a);
		assert_true(a == applets || strcmp(a[-1]->name, (*a)->name) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_values_of_odd_forms),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_dashes),
		cmocka_unit_test(test_options_until),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_help_wraps),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_applets),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	strv_done(&operands);
	strv_done(&arg_binds);
	return failed;
}
