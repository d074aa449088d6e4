/* SPDX-License-Identifier: MIT */
/* What is kept of applications: what was written is read again, and what others have put there is bounded. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include "app/app.h"
#include "base/alloc.h"
#include "base/capability.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/macro.h"
#include "base/signalname.h"
#include "json.h"

static int tree = -1;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(json_load(), 0);
	tree = test_dir(NULL, 0);
	assert_int_equal(mkdirat(tree, "oci", 0755), 0);
	assert_int_equal(mkdirat(tree, "oci/apps", 0755), 0);
	assert_int_equal(mkdirat(tree, "oci/apps/x", 0755), 0);
	return 0;
}

static void put(const char *name, const char *text, size_t len)
{
	cleanup_free char *path = xasprintf("oci/apps/x/%s", name);
	cleanup_close int fd = openat(tree, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, len), 0);
}

static void assert_list(const struct strv *list, const char *want)
{
	cleanup_free char *got = strv_join(list, "|");

	assert_string_equal(got, want);
}

static void test_round_trip(void **state)
{
	cleanup_app struct app a = APP_INIT, b = APP_INIT;
	cleanup_free char *message = NULL;
	cleanup_close int fd = openat(tree, "oci/apps/x", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	strv_split(&a.argv, "/bin/a|%i $X|two\nlines|\"'\\|\xc3\xa9|", '|');
	strv_split(&a.env, "A=1|B=|C=a=b\n c", '|');
	strv_split(&a.health.test, "CMD-SHELL|curl -f http://localhost/", '|');
	a.user = xstrdup("0:1000");
	a.working_dir = xstrdup("/a b/%h");
	a.stop_signal = xstrdup("SIGRTMIN+3");
	a.capabilities = CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_CHECKPOINT_RESTORE);
	a.no_new_privileges = a.read_only = a.connector = true;
	a.seccomp = false;
	a.health.interval_ns = 1;
	a.health.timeout_ns = 2;
	a.health.start_period_ns = 3;
	a.health.start_interval_ns = 4;
	a.health.retries = 5;
	assert_int_equal(app_write(fd, &a), 0);
	assert_int_equal(app_read(tree, "x", &b, &message), 0);
	assert_list(&b.argv, "/bin/a|%i $X|two\nlines|\"'\\|\xc3\xa9|");
	assert_list(&b.env, "A=1|B=|C=a=b\n c");
	assert_list(&b.health.test, "CMD-SHELL|curl -f http://localhost/");
	assert_string_equal(b.user, "0:1000");
	assert_string_equal(b.working_dir, "/a b/%h");
	assert_string_equal(b.stop_signal, "SIGRTMIN+3");
	assert_true(b.capabilities == a.capabilities);
	assert_true(b.no_new_privileges && b.read_only && b.connector && !b.seccomp);
	assert_int_equal(b.health.interval_ns, 1);
	assert_int_equal(b.health.timeout_ns, 2);
	assert_int_equal(b.health.start_period_ns, 3);
	assert_int_equal(b.health.start_interval_ns, 4);
	assert_int_equal(b.health.retries, 5);
}

static void test_defaults(void **state)
{
	cleanup_app struct app a = APP_INIT;
	cleanup_free char *message = NULL;

	(void)state;
	put("app.json", "{\"argv\": [\"x\"], \"user\": \"\", \"new\": 1}", 37);
	assert_int_equal(app_read(tree, "x", &a, &message), 0);
	assert_null(a.user);
	assert_null(a.working_dir);
	assert_null(a.stop_signal);
	assert_true(a.capabilities == UINT64_C(0xa80425fb)); /* as "docker run" shows it */
	assert_true(a.seccomp && !a.no_new_privileges && !a.read_only && !a.connector);
	assert_int_equal(a.health.test.n, 0);
}

static void test_hostile(void **state)
{
	static const char *const texts[][2] = {
		{ "", "app.json" },
		{ "[]", "it is no object" },
		{ "{", "app.json" },
		{ "{'argv': 'x'}", "argv" },
		{ "{'argv': [1]}", "argv" },
		{ "{'argv': ['a\\u0000b']}", "app.json" },
		{ "{'env': ['A']}", "'env' has an entry that is no NAME=VALUE" },
		{ "{'env': ['=A']}", "'env' has an entry that is no NAME=VALUE" },
		{ "{'working_dir': 'relative'}", "'working_dir' is not absolute" },
		{ "{'stop_signal': 'SIGNOTHING'}", "'stop_signal' is no signal" },
		{ "{'stop_signal': 'SIGTERM\\nExecStart=/bin/sh'}", "'stop_signal' is no signal" },
		{ "{'capabilities': ['CAP_ALL']}", "'CAP_ALL' is no capability" },
		{ "{'capabilities': ['cap_chown']}", "is no capability" },
		{ "{'capabilities': {}}", "capabilities" },
		{ "{'seccomp': 'no'}", "seccomp" },
		{ "{'healthcheck': {'test': ['NONE']}}", "neither CMD nor CMD-SHELL" },
		{ "{'healthcheck': {'test': ['CMD']}}", "the test has no command" },
		{ "{'healthcheck': {'test': ['CMD', 'x'], 'retries': -1}}", "healthcheck" },
		{ "{'healthcheck': {'interval_ns': 1e400}}", "app.json" },
		{ "{'user': 'a', 'user': 'b'}", "app.json" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_free char *json = with_quotes(texts[i][0]), *message = NULL;
		struct app a = APP_INIT;

		put("app.json", json, strlen(json));
		assert_true(app_read(tree, "x", &a, &message) < 0);
		assert_non_null(message);
		if (!strstr(message, texts[i][1]))
			print_error("'%s' is not in: %s\n", texts[i][1], message);
		assert_non_null(strstr(message, texts[i][1]));
		assert_null(a.argv.v);
	}
}

static void test_too_large(void **state)
{
	cleanup_free char *message = NULL, *name = xmalloc(APP_STRING_MAX + 2);
	cleanup_close int fd = openat(tree, "oci/apps/x/app.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	cleanup_strv struct strv env = STRV_INIT;
	struct app a = APP_INIT;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)1 << 30), 0);
	assert_int_equal(app_read(tree, "x", &a, &message), -EFBIG);
	cleanup_free_p(&message);
	message = NULL;
	memset(name, 'a', APP_STRING_MAX + 1);
	name[APP_STRING_MAX + 1] = '\0';
	name[1] = '=';
	put("env", name, APP_STRING_MAX);
	assert_int_equal(app_read_env(tree, "x", &a, &env, &message), 0);
	assert_int_equal(env.n, 1);
	put("env", name, APP_STRING_MAX + 1);
	assert_int_equal(app_read_env(tree, "x", &a, &env, &message), -E2BIG);
	assert_non_null(message);
}

static void test_no_files(void **state)
{
	static const char *const names[] = { "", "..", "../x", "x/../x", "X", "1", "-", "x\n" };
	cleanup_strv struct strv list = STRV_INIT;
	struct app a = APP_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *message = NULL;

		assert_int_equal(app_read(tree, names[i], &a, &message), -EINVAL);
		assert_int_equal(app_read_lines(tree, names[i], "ports", &list), -EINVAL);
	}
	for (int i = 0; i < 4; i++) {
		cleanup_free char *message = NULL;

		(void)unlinkat(tree, "oci/apps/x/app.json", 0);
		if (i == 1)
			assert_int_equal(mkfifoat(tree, "oci/apps/x/app.json", 0644), 0);
		else if (i == 2)
			assert_int_equal(symlinkat("/etc/passwd", tree, "oci/apps/x/app.json"), 0);
		else if (i == 3)
			assert_int_equal(symlinkat("app.json", tree, "oci/apps/x/app.json"), 0);
		assert_true(app_read(tree, "x", &a, &message) < 0);
		assert_non_null(strstr(message, "cannot read '/oci/apps/x/app.json'"));
	}
}

static void test_env(void **state)
{
	static const char lines[] = "B=two\nC=\xff 'quoted' \"$HOME\" %i\\n\n\n# D=4\nE\n=F\nA=later\n G = h ";
	cleanup_strv struct strv env = STRV_INIT;
	cleanup_free char *message = NULL;
	cleanup_app struct app a = APP_INIT;

	(void)state;
	strv_split(&a.env, "A=one|B=one", '|');
	assert_int_equal(app_read_env(tree, "x", &a, &env, &message), 0);
	assert_list(&env, "A=one|B=one");
	strv_done(&env);
	put("env", lines, sizeof(lines) - 1);
	assert_int_equal(app_read_env(tree, "x", &a, &env, &message), 0);
	assert_list(&env, "A=later|B=two|C=\xff 'quoted' \"$HOME\" %i\\n| G = h ");
}

static void test_list(void **state)
{
	cleanup_strv struct strv names = STRV_INIT, none = STRV_INIT, lines = STRV_INIT;

	(void)state;
	assert_int_equal(mkdirat(tree, "oci/apps/redis-2", 0755), 0);
	assert_int_equal(mkdirat(tree, "oci/apps/.staging", 0755), 0);
	assert_int_equal(mkdirat(tree, "oci/apps/UPPER", 0755), 0);
	assert_int_equal(app_list(tree, &names), 0);
	assert_list(&names, "redis-2|x");
	put("ports", "80/tcp\n\n443/tcp", 15);
	assert_int_equal(app_read_lines(tree, "x", "ports", &lines), 0);
	assert_list(&lines, "80/tcp|443/tcp");
	assert_int_equal(app_read_lines(tree, "x", "volumes", &lines), 0);
	assert_int_equal(renameat(tree, "oci", tree, "gone"), 0);
	assert_int_equal(app_list(tree, &none), 0);
	assert_int_equal(none.n, 0);
}

static void test_signals(void **state)
{
	static const struct {
		const char *text;
		int number;
	} good[] = {
		{ "SIGTERM", SIGTERM }, { "term", SIGTERM }, { "15", 15 }, { "sigquit", SIGQUIT }, { "1", 1 },
		{ "SIGRTMIN", 34 }, { "RTMIN+3", 37 }, { "SIGRTMIN+30", 64 }, { "RTMAX", 64 }, { "rtmax-2", 62 },
		{ "34", 34 }, { "64", 64 }, { "WINCH", SIGWINCH },
	};
	static const char *const bad[] = { "", "SIG", "0", "65", "32", "33", "-1", "SIGRTMIN+31", "SIGRTMIN-1",
					   "RTMAX+1", "TERM ", "SIGSIGTERM", "9999999999999", "RTMIN+", "SIGTERM\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		cleanup_free char *text = signal_text(good[i].number);

		assert_int_equal(signal_parse(good[i].text), good[i].number);
		assert_int_equal(signal_parse(text), good[i].number);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(signal_parse(bad[i]), -EINVAL);
}

static void test_capabilities(void **state)
{
	(void)state;
	assert_int_equal(capability_parse("CAP_CHOWN"), CAP_CHOWN);
	assert_int_equal(capability_parse("CAP_SYS_ADMIN"), CAP_SYS_ADMIN);
	assert_int_equal(capability_parse("CAP_AUDIT_READ"), CAP_AUDIT_READ);
	assert_int_equal(capability_parse("CAP_CHECKPOINT_RESTORE"), CAP_LAST_CAP);
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++)
		assert_int_equal(capability_parse(capability_name(i)), i);
	assert_null(capability_name(CAP_LAST_CAP + 1));
	assert_int_equal(capability_parse("CHOWN"), -EINVAL);
	assert_int_equal(capability_parse(""), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_round_trip, setup),
		cmocka_unit_test_setup(test_defaults, setup),
		cmocka_unit_test_setup(test_hostile, setup),
		cmocka_unit_test_setup(test_too_large, setup),
		cmocka_unit_test_setup(test_no_files, setup),
		cmocka_unit_test_setup(test_env, setup),
		cmocka_unit_test_setup(test_list, setup),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
