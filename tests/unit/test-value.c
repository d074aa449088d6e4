/* SPDX-License-Identifier: MIT */
/* What every check of a value accepts and refuses, and the normal forms. */
#include "test.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "container/value.h"

#define LETTERS_63 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-012345678"

struct cases {
	const char *what;
	value_check check;
	const char *good[12], *bad[24];
};

static const struct cases cases[] = {
	{ "name", check_name,
	  { "a", "web", "web-1", "a--b", "z9", LETTERS_63 "9" },
	  { "", "A", "Web", "1web", "-web", "web-", "web_1", "web.1", "web/1", "..", ".", "we b", "web\n", "\xc3\xa9",
	    LETTERS_63 "99", "w\x1b" } },
	{ "name or empty", check_name_or_empty, { "", "a" }, { "A", "-" } },
	{ "boolean", check_boolean, { "yes", "no", "1", "0", "true", "off" }, { "", "y", "YES", "yes ", "2" } },
	{ "number", check_number,
	  { "0", "1", "9223372036854775807" },
	  { "", "-1", "+1", "1.0", "9223372036854775808", "0x1", " 1", "1 " } },
	{ "positive", check_positive, { "1", "2147483647" }, { "0", "", "-1", "2147483648", "1s", "1\n" } },
	{ "memory", check_memory,
	  { "6291456", "6M", "512M", "2G", "1t", "6144k", "7000000B" },
	  { "", "0", "1", "100", "6291455", "6143k", "0G", "M", "-1M", "1.5G", "1MB", "1 G", "16777216T", "99999999999999999999", "infinity" } },
	{ "cpus", check_cpus,
	  { "1", "0.5", "0.01", "64", "1000000" },
	  { "", "0", "0.0", "0.001", "-1", ".5", "1.", "1,5", "nan", "inf", "1000001", "2x", "1e3" } },
	{ "cpu weight", check_cpu_weight, { "1", "100", "10000" }, { "", "0", "10001", "-5", "1.5", "idle" } },
	{ "path", check_absolute_path,
	  { "/", "/a", "/a/b.c/..d", "/a/d..", "/...", "/a b", "/\xc3\xa9" },
	  { "", "a", "./a", "/..", "/a/../b", "/a/..", "../a", "/a\nb", "/a\x7f", "~/a" } },
	{ "env", check_env,
	  { "A=", "A=b", "_x1=a=b", "A=a b|c,d\\", "A=a\nb", "A= ", "PATH=/bin" },
	  { "", "A", "=b", "1A=b", "A-B=c", "A B=c", "A.B=c", "\xc3\xa9=x", "A\n=b" } },
	{ "bind", check_bind,
	  { "/a:/b", "/a:/b:ro", "/a:/b:rw", "/a b:/c|d", "/:/host" },
	  { "", "/a", "/a:", ":/a", "a:/b", "/a:b", "/a:/b:", "/a:/b:rx", "/a:/b:ro:rw", "/a:/b:/c", "/a:/",
	    "/a://", "/a/..:/b", "/a:/b/../c", "/a:/b\n" } },
	{ "port", check_port,
	  { "tcp:80:80", "udp:53:5353", "tcp:1:65535" },
	  { "", "80", "80:80", "tcp:80", "sctp:80:80", "tcp:0:80", "tcp:80:65536", "tcp:a:80", "tcp:80:80:80",
	    "tcp::80", "tcp:80:", "TCP:80:80", "tcp:-1:80", " tcp:80:80", "tcp udp:1:1" } },
	{ "bridge", check_bridge,
	  { "br0", "a-b_c", "abcdefghijklmno" },
	  { "", "abcdefghijklmnop", "br 0", "br/0", "br.0", "br:0", "..", "\xc3\xa9" } },
	{ "zone", check_zone, { "lan", "abcdefghijkl" }, { "", "abcdefghijklm", "a.b", "a/b", "a b" } },
	{ "capability", check_capability,
	  { "CAP_NET_RAW", "CAP_CHECKPOINT_RESTORE", "CAP_BPF", "CAP_WAKE_ALARM", "CAP_AUDIT_CONTROL" },
	  { "", "NET_RAW", "CAP_", "CAP_NET", "CAP_NET_RAWX", "cap_net_raw", "CAP_NET_RAW ", "CAP_ALL",
	    "CAP_KILL LEASE", "CAP_CAP_KILL" } },
	{ "system call filter", check_syscall_filter,
	  { "mount", "~mount", "@raw-io", "~@debug", "openat2", "_sysctl" },
	  { "", "~", "@", "~@", "~~mount", "@@x", "mount,umount2", "mount umount2", "a-b", "@a_b", "@x\n", "a:1" } },
	{ "apparmor profile", check_apparmor_profile,
	  { "sdme-default", "a.b_c", "A1" },
	  { "", "a b", "a/b", "a,b", "a|b", "x\n", "unconfined*" } },
	{ "unit", check_unit,
	  { "foo.service", "a@b.service", "getty@tty1.service", "a.b.socket", "dev-sda.swap", "x\\x2dy.mount",
	    "foo.timer", "a.target" },
	  { "", "foo", ".service", "foo.", "foo.bar", "../x.service", "a/b.service", "a b.service", "a,b.service",
	    "foo.Service", "x\n.service", "foo.service.d", "..", "foo.service " } },
	{ "log level", check_log_level,
	  { "emerg", "alert", "crit", "err", "warning", "notice", "info" },
	  { "", "debug", "error", "Debug", "7", "info debug", "inf" } },
	{ "restart policy", check_restart_policy, { "no", "on-failure" }, { "", "always", "No", "on", "no on-failure" } },
};

static void test_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct cases *c = &cases[i];

		for (size_t j = 0; j < ARRAY_SIZE(c->good) && c->good[j]; j++) {
			const char *wrong = c->check(c->good[j]);

			if (wrong)
				fail_msg("%s: '%s' is refused: %s", c->what, c->good[j], wrong);
		}
		for (size_t j = 0; j < ARRAY_SIZE(c->bad) && c->bad[j]; j++) {
			const char *wrong = c->check(c->bad[j]);

			if (!wrong)
				fail_msg("%s: '%s' is accepted", c->what, c->bad[j]);
			assert_true(strlen(wrong) > 5 && !has_suffix(wrong, "."));
		}
	}
}

static void test_unit_length(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	memcpy(name + 255 - strlen(".service"), ".service", strlen(".service") + 1);
	assert_null(check_unit(name));
	memcpy(name + 256 - strlen(".service"), ".service", strlen(".service") + 1);
	assert_non_null(check_unit(name));
}

static void test_choice(void **state)
{
	(void)state;
	assert_null(check_choice("a", "a b ab"));
	assert_null(check_choice("ab", "a b ab"));
	assert_null(check_choice("b", "ab b"));
	assert_non_null(check_choice("c", "a b ab"));
	assert_non_null(check_choice("", "a b"));
	assert_non_null(check_choice(" ", "a b"));
	assert_non_null(check_choice("a b", "a b"));
	assert_non_null(check_choice("a", ""));
}

/* --- normal forms ------------------------------------------------------------------------- */

static void test_normal(void **state)
{
	static const struct {
		char *(*normal)(const char *value);
		const char *from, *to;
	} forms[] = {
		{ normal_port, "80", "tcp:80:80" },
		{ normal_port, "8080:80", "tcp:8080:80" },
		{ normal_port, "53:53/udp", "udp:53:53" },
		{ normal_port, "53/udp", "udp:53:53" },
		{ normal_port, "80/tcp", "tcp:80:80" },
		{ normal_port, "udp:53:53", "udp:53:53" },
		{ normal_port, "udp:53", "udp:53:53" },
		{ normal_port, "tcp:1:2", "tcp:1:2" },
		{ normal_capability, "net_raw", "CAP_NET_RAW" },
		{ normal_capability, "CAP_NET_RAW", "CAP_NET_RAW" },
		{ normal_capability, "cap_Net_Raw", "CAP_NET_RAW" },
		{ normal_bind, "/a:/b", "/a:/b:rw" },
		{ normal_bind, "/a:/b:ro", "/a:/b:ro" },
		{ normal_bind, "/a:/b:rw", "/a:/b:rw" },
		{ normal_path, "/a//b/", "/a/b" },
		{ normal_path, "/", "/" },
		{ normal_path, "///", "/" },
		{ normal_path, "a/", "a" },
		{ normal_path, "", "" },
		{ normal_unit, "foo", "foo.service" },
		{ normal_unit, "foo.socket", "foo.socket" },
		{ normal_unit, "dbus-org.freedesktop.resolve1", "dbus-org.freedesktop.resolve1.service" },
		{ normal_restart_policy, "No", "no" },
		{ normal_restart_policy, "OnFailure", "on-failure" },
		{ normal_restart_policy, "always", "always" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		cleanup_free char *to = forms[i].normal(forms[i].from);
		cleanup_free char *again = forms[i].normal(to);

		assert_string_equal(to, forms[i].to);
		assert_string_equal(again, to);
	}
}

/* What cannot be brought into the form must not become something that the check lets pass. */
static void test_normal_of_nonsense(void **state)
{
	static const char *const ports[] = {
		"", ":", "/", "80:", ":80", "80/", "80/sctp", "tcp:80/udp", "1:2:3", "80:80/udp:1", "a", "0", "tcp:",
		"80:80:tcp", "65536", "-1", "80/udp/tcp",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		cleanup_free char *normal = normal_port(ports[i]);

		if (!check_port(normal))
			fail_msg("'%s' became '%s'", ports[i], normal);
	}
}

/* --- lists -------------------------------------------------------------------------------- */

static void round_trip(char separator, const char *const *items)
{
	struct strv list = STRV_INIT, again = STRV_INIT;
	cleanup_free char *text = NULL;

	for (; *items; items++)
		strv_add(&list, *items);
	text = list_format(&list, separator);
	assert_null(strpbrk(text, "\n\r"));
	assert_false(*text && strchr(" \t", text[strlen(text) - 1])); /* readers drop it there */
	list_parse(&again, text, separator);
	assert_int_equal(again.n, list.n);
	for (size_t i = 0; i < list.n; i++)
		assert_string_equal(again.v[i], list.v[i]);
	strv_done(&list);
	strv_done(&again);
}

static void test_lists(void **state)
{
	static const char *const lists[][5] = {
		{ NULL },
		{ "a", "b", NULL },
		{ "a,b", "c|d", NULL },
		{ "a\\", "b", NULL },
		{ "\\,", "\\n", NULL },
		{ "A=line\nline", NULL },
		{ "A=x ", NULL },
		{ "A=x\t", NULL },
		{ "A=x\r", "B=\r\n", NULL },
		{ " a ", " ", " b", NULL },
		{ "", "", NULL },
		{ "a", "", "b", NULL },
		{ "A=\\s\\r\\t", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		round_trip(',', lists[i]);
		round_trip('|', lists[i]);
	}
}

static void test_list_parse(void **state)
{
	struct strv list = STRV_INIT;

	(void)state;
	list_parse(&list, "a,b\\,c,,d\\\\,e\\", ',');
	assert_int_equal(list.n, 5);
	assert_string_equal(list.v[1], "b,c");
	assert_string_equal(list.v[2], "");
	assert_string_equal(list.v[3], "d\\");
	assert_string_equal(list.v[4], "e\\");
	strv_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_unit_length),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_normal),
		cmocka_unit_test(test_normal_of_nonsense),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_list_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
