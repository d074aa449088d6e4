/* SPDX-License-Identifier: MIT */
/* What is kept of image configurations, what is refused, and whether one is of a manifest. */
#include "test.h"

#include <errno.h>
#include <limits.h>

#include "base/strbuf.h"
#include "json.h"
#include "oci/document.h"
#include "oci/image_config.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ROOTFS "'rootfs':{'type':'layers','diff_ids':['" A "','" B "']}"
#define WITH(config) "{'os':'linux','architecture':'amd64'," ROOTFS ",'config':{" config "}}"

static int parse(const char *text, struct image_config *ret, char **ret_message)
{
	cleanup_free char *json = with_quotes(text);

	return image_config_parse(json, strlen(json), ret, ret_message);
}

static void assert_list(const struct strv *list, const char *want)
{
	cleanup_free char *got = strv_join(list, "|");

	assert_string_equal(got, want);
}

static void test_all(void **state)
{
	cleanup_image_config struct image_config c = IMAGE_CONFIG_INIT;
	cleanup_free char *message = NULL;

	(void)state;
	assert_int_equal(
		parse("{'created':'2026-01-01T00:00:00Z','author':'x','os':'linux','architecture':'arm','variant':'v6'," ROOTFS
		      ",'history':[{'empty_layer':true}],'config':{'User':'app:0','WorkingDir':'/srv//app/',"
		      "'Env':['PATH=/bin','A=','B=x=y','E=a\\nb%i$C','*=1','FOO','=x','',' =y'],"
		      "'Entrypoint':['/init','-a b',''],'Cmd':['--x=%n','\\u00e9'],"
		      "'ExposedPorts':{'80/tcp':{},'53/udp':{},'80':{},'9000-9002/sctp':null},"
		      "'Volumes':{'/var/lib//data/':{},'/a b':{},'logs':{},'/logs':{}},'StopSignal':'SIGRTMIN+3',"
		      "'Labels':{'a':'b=c','d=e':null},'Healthcheck':{'Test':['CMD-SHELL','true'],'Interval':30000000000,"
		      "'Timeout':1,'StartPeriod':2,'StartInterval':3,'Retries':4},'OnBuild':['RUN x'],'Tty':true}}",
		      &c, &message),
		0);
	assert_string_equal(c.platform.os, "linux");
	assert_string_equal(c.platform.architecture, "arm");
	assert_string_equal(c.platform.variant, "v6");
	assert_int_equal(c.n_diff_ids, 2);
	assert_int_equal(c.diff_ids[0].bytes[0], 0xaa);
	assert_int_equal(c.diff_ids[1].bytes[31], 0xbb);
	assert_string_equal(c.user, "app:0");
	assert_string_equal(c.working_dir, "/srv/app");
	assert_string_equal(c.stop_signal, "SIGRTMIN+3");
	assert_list(&c.env, "PATH=/bin|A=|B=x=y|E=a\nb%i$C|*=1| =y");
	assert_list(&c.entrypoint, "/init|-a b|");
	assert_list(&c.cmd, "--x=%n|\xc3\xa9");
	assert_list(&c.ports, "53/udp|80/tcp|9000/sctp|9001/sctp|9002/sctp");
	assert_list(&c.volumes, "/a b|/logs|/var/lib/data");
	assert_list(&c.label_names, "a|d=e");
	assert_list(&c.label_values, "b=c|");
	assert_list(&c.healthcheck.test, "CMD-SHELL|true");
	assert_true(c.healthcheck.interval_ns == 30000000000);
	assert_int_equal(c.healthcheck.timeout_ns, 1);
	assert_int_equal(c.healthcheck.start_period_ns, 2);
	assert_int_equal(c.healthcheck.start_interval_ns, 3);
	assert_int_equal(c.healthcheck.retries, 4);
}

/* As Go writes what is not set. */
static void test_nothing(void **state)
{
	static const char *const texts[] = {
		"{'rootfs':{'type':'layers','diff_ids':null}}",
		"{'os':'','architecture':'',"
		"'rootfs':{'type':'layers'},'config':null}",
		"{'rootfs':{'type':'layers','diff_ids':[]},'config':{'User':'','WorkingDir':'','Env':null,'Entrypoint':null,"
		"'Cmd':null,'ExposedPorts':null,'Volumes':null,'StopSignal':'','Labels':null,'Healthcheck':null}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_image_config struct image_config c = IMAGE_CONFIG_INIT;
		cleanup_free char *message = NULL;

		assert_int_equal(parse(texts[i], &c, &message), 0);
		assert_null(c.platform.os);
		assert_null(c.platform.architecture);
		assert_int_equal(c.n_diff_ids, 0);
		assert_null(c.user);
		assert_null(c.working_dir);
		assert_null(c.stop_signal);
		assert_int_equal(c.env.n + c.entrypoint.n + c.cmd.n + c.ports.n + c.volumes.n, 0);
		assert_int_equal(c.label_names.n + c.healthcheck.test.n, 0);
	}
}

static const struct {
	const char *text, *message;
} refused[] = {
	{ "[]", "it is no object" },
	{ "{}", "it has no 'rootfs'" },
	{ "{'rootfs':[]}", "'rootfs' is not an object" },
	{ "{'rootfs':{}}", "rootfs: its 'type' is not \"layers\"" },
	{ "{'rootfs':{'type':'windows'}}", "rootfs: its 'type' is not \"layers\"" },
	{ "{'rootfs':{'type':'layers','diff_ids':[7]}}",
	  "rootfs: 'diff_ids' has an entry that is no string" },
	{ "{'rootfs':{'type':'layers','diff_ids':['sha256:x']}}",
	  "rootfs: 'sha256:x' is no digest" },
	{ "{'rootfs':{'type':'layers','diff_ids':['md5:0']}}",
	  "rootfs: the algorithm of digest 'md5:0' is not supported" },
	{ "{'os':7," ROOTFS "}", "'os' is not a string" },
	{ "{" ROOTFS ",'config':[]}", "'config' is not an object" },
	{ WITH("'User':0"), "config: 'User' is not a string" },
	{ WITH("'User':'a\\nExecStart=/x'"), "config: 'a\nExecStart=/x' is no User" },
	{ WITH("'User':'a b'"), "config: 'a b' is no User" },
	{ WITH("'User':'../x'"), "config: '../x' is no User" },
	{ WITH("'WorkingDir':'/a/../../b'"), "config: '/a/../../b' is no WorkingDir" },
	{ WITH("'WorkingDir':'/a\\nb'"), "config: '/a\nb' is no WorkingDir" },
	{ WITH("'WorkingDir':'..'"), "config: '..' is no WorkingDir" },
	{ WITH("'StopSignal':'SIG TERM'"), "config: 'SIG TERM' is no StopSignal" },
	{ WITH("'StopSignal':'-9'"), "config: '-9' is no StopSignal" },
	{ WITH("'StopSignal':'9\\nX=y'"), "config: '9\nX=y' is no StopSignal" },
	{ WITH("'Env':{}"), "config: 'Env' is not a list" },
	{ WITH("'Env':['A=b',7]"), "config: 'Env' has an entry that is no string" },
	{ WITH("'Env':['A=\\u0000']"), NULL },
	{ WITH("'Cmd':'sh'"), "config: 'Cmd' is not a list" },
	{ WITH("'Entrypoint':[['sh']]"), "config: 'Entrypoint' has an entry that is no string" },
	{ WITH("'ExposedPorts':['80']"), "config: 'ExposedPorts' is not an object" },
	{ WITH("'ExposedPorts':{'99999/xyz':{}}"),
	  "config: '99999/xyz' is none of the ExposedPorts" },
	{ WITH("'ExposedPorts':{'65536/tcp':{}}"),
	  "config: '65536/tcp' is none of the ExposedPorts" },
	{ WITH("'ExposedPorts':{'0/tcp':{}}"), "config: '0/tcp' is none of the ExposedPorts" },
	{ WITH("'ExposedPorts':{'80/':{}}"), "config: '80/' is none of the ExposedPorts" },
	{ WITH("'ExposedPorts':{'80/tcp/udp':{}}"),
	  "config: '80/tcp/udp' is none of the ExposedPorts" },
	{ WITH("'ExposedPorts':{'9-8/tcp':{}}"), "config: '9-8/tcp' is none of the ExposedPorts" },
	{ WITH("'ExposedPorts':{'80\\n':{}}"), "config: '80\n' is none of the ExposedPorts" },
	{ WITH("'ExposedPorts':{'1-4097':{}}"),
	  "config: 'ExposedPorts' has more than 4096 entries" },
	{ WITH("'Volumes':{'/':{}}"), "config: '/' is none of the Volumes" },
	{ WITH("'Volumes':{'//':{}}"), "config: '//' is none of the Volumes" },
	{ WITH("'Volumes':{'':{}}"), "config: '' is none of the Volumes" },
	{ WITH("'Volumes':{'../..':{}}"), "config: '../..' is none of the Volumes" },
	{ WITH("'Volumes':{'/a\\n':{}}"), "config: '/a\n' is none of the Volumes" },
	{ WITH("'Labels':{'a':1}"), "config: the label 'a' is not a string" },
	{ WITH("'Labels':[]"), "config: 'Labels' is not an object" },
	{ WITH("'Healthcheck':[]"), "config: 'Healthcheck' is not an object" },
	{ WITH("'Healthcheck':{'Test':'x'}"), "config: Healthcheck: 'Test' is not a list" },
	{ WITH("'Healthcheck':{'Interval':-1}"),
	  "config: Healthcheck: 'Interval' is out of range" },
	{ WITH("'Healthcheck':{'Retries':'3'}"),
	  "config: Healthcheck: 'Retries' is not a whole number" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		cleanup_image_config struct image_config c = IMAGE_CONFIG_INIT;
		cleanup_free char *message = NULL;

		if (parse(refused[i].text, &c, &message) >= 0)
			fail_msg("%s is taken", refused[i].text);
		if (refused[i].message)
			assert_string_equal(message, refused[i].message);
		assert_int_equal(c.n_diff_ids, 0);
	}
}

/* Between two texts, a list of n equal entries; without one, an object with n keys. */
static int parse_many(const char *before, const char *entry, size_t n, const char *after)
{
	cleanup_image_config struct image_config c = IMAGE_CONFIG_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_free char *message = NULL;

	strbuf_add_str(&text, before);
	for (size_t i = 0; i < n; i++) {
		strbuf_add_str(&text, i > 0 ? "," : "");
		if (*entry)
			strbuf_addf(&text, "'%s'", entry);
		else
			strbuf_addf(&text, "'%zu':''", i);
	}
	strbuf_add_str(&text, after);
	return parse(text.buf, &c, &message);
}

static void test_counts(void **state)
{
	static const char head[] = "{'rootfs':{'type':'layers'},'config':{";
	cleanup_free char *env = xasprintf("%s'Env':[", head),
			  *labels = xasprintf("%s'Labels':{", head),
			  *volumes = xasprintf("%s'Volumes':{", head);
	cleanup_free char *longest = xcalloc(1, IMAGE_CONFIG_STRING_MAX + 2);

	(void)state;
	assert_int_equal(parse_many(env, "A=b", 4096, "]}}"), 0);
	assert_int_equal(parse_many(env, "A=b", 4097, "]}}"), -E2BIG);
	assert_int_equal(parse_many(env, "A=b", 100000, "]}}"), -E2BIG);
	assert_int_equal(parse_many(labels, "", 4096, "}}}"), 0);
	assert_int_equal(parse_many(labels, "", 4097, "}}}"), -E2BIG);
	assert_int_equal(parse_many(volumes, "", 4097, "}}}"), -E2BIG);
	assert_int_equal(parse_many("{'rootfs':{'type':'layers','diff_ids':[", A, 4096, "]}}"), 0);
	assert_int_equal(parse_many("{'rootfs':{'type':'layers','diff_ids':[", A, 4097, "]}}"),
			 -E2BIG);
	memset(longest, '=', IMAGE_CONFIG_STRING_MAX);
	assert_int_equal(parse_many(env, longest, 1, "]}}"), 0);
	longest[IMAGE_CONFIG_STRING_MAX] = 'x';
	assert_int_equal(parse_many(env, longest, 1, "]}}"), -E2BIG);
}

/* What a string of this length as the value of the name gives. */
static int parse_long(const char *name, size_t len)
{
	cleanup_image_config struct image_config c = IMAGE_CONFIG_INIT;
	cleanup_free char *value = xcalloc(1, len + 1), *text = NULL, *message = NULL;

	memset(value, 'x', len);
	text = xasprintf("{'rootfs':{'type':'layers'},'config':{'%s':'%s'}}", name, value);
	return parse(text, &c, &message);
}

static void test_lengths(void **state)
{
	(void)state;
	assert_int_equal(parse_long("User", 512), 0);
	assert_int_equal(parse_long("User", 513), -EINVAL);
	/* With the slash in front that it gets. */
	assert_int_equal(parse_long("WorkingDir", PATH_MAX - 2), 0);
	assert_int_equal(parse_long("WorkingDir", PATH_MAX - 1), -EINVAL);
}

static void check_chain(size_t n_layers, const char *wanted, int want_r, const char *want_message)
{
	cleanup_platform struct platform platform = PLATFORM_INIT;
	cleanup_image_config struct image_config c = IMAGE_CONFIG_INIT;
	struct manifest m = { .layers.n = n_layers };
	cleanup_free char *message = NULL;

	assert_int_equal(parse(WITH(""), &c, &message), 0);
	assert_int_equal(platform_parse(wanted, &platform), 0);
	assert_int_equal(image_config_check(&c, &m, &platform, &message), want_r);
	if (want_message)
		assert_string_equal(message, want_message);
	else
		assert_null(message);
}

static void test_check(void **state)
{
	(void)state;
	check_chain(2, "linux/amd64", 0, NULL);
	check_chain(2, "linux/amd64/v3", 0, NULL);
	check_chain(1, "linux/amd64", -EINVAL, "the configuration names 2 layers, the manifest 1");
	check_chain(3, "linux/amd64", -EINVAL, "the configuration names 2 layers, the manifest 3");
	check_chain(2, "linux/arm64", -ENOEXEC,
		    "the image is for linux/amd64, not for linux/arm64 (--platform chooses)");
	check_chain(2, "windows/amd64", -ENOEXEC,
		    "the image is for linux/amd64, not for windows/amd64 (--platform chooses)");
}

static int load(void **state)
{
	(void)state;
	return json_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),     cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_counts),
		cmocka_unit_test(test_lengths), cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
