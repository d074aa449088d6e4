/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "container/config.h"
#include "container/setting.h"

static int dir;
static char dir_path[256], file[300];

static int setup(void **state)
{
	(void)state;
	dir = test_dir(dir_path, sizeof(dir_path));
	snprintf(file, sizeof(file), "%s/sdme.conf", dir_path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(dir);
	return rmtree_at(AT_FDCWD, dir_path);
}

static void put(const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void assert_value(const struct config *c, const char *key, const char *expected)
{
	int i = config_find(key);
	cleanup_free char *value = NULL;

	assert_true(i >= 0);
	value = config_value(c, (unsigned)i);
	assert_string_equal(value, expected);
}

static void assert_file(const char *expected)
{
	cleanup_free char *text = NULL;

	assert_int_equal(read_file_at(AT_FDCWD, file, 65536, &text), 0);
	assert_string_equal(text, expected);
}

/* --- the text ----------------------------------------------------------------------------- */

static void test_defaults(void **state)
{
	cleanup_config struct config c;
	unsigned n = 0;

	(void)state;
	config_init(&c);
	/* Each default is a value that the check accepts and that comes back as it is. */
	for (; config_key(n); n++) {
		const char *wrong;
		cleanup_free char *value = config_check(n, config_default(n), &wrong);

		assert_non_null(value);
		assert_string_equal(value, config_default(n));
		assert_value(&c, config_key(n), config_default(n));
		assert_int_equal(config_find(config_key(n)), n);
	}
	assert_true(n >= 14);
	assert_int_equal(config_find("nonsense"), -ENOENT);
	assert_string_equal(c.datadir, "/var/lib/sdme");
	assert_int_equal(c.boot_timeout, 60);
	assert_int_equal(c.hardened_drop_caps.n, 4);
	assert_true(c.interactive && c.join_as_sudo_user && c.auto_fs_gc);
}

static void test_parse(void **state)
{
	static const char text[] = "# comment\n"
				   "boot_timeout=5\n"
				   "; comment\n"
				   "[other]\n"
				   "boot_timeout=6\n"
				   "datadir=relative\n"
				   " [sdme] \r\n"
				   "  interactive = off \r\n"
				   "datadir=//srv//sdme/\n"
				   "future_key=whatever\n"
				   "hardened_drop_caps=net_raw, CAP_SYS_BOOT\n"
				   "boot_timeout=7\n"
				   "host_rootfs_opaque_dirs=\n"
				   "default_create_masked_services=a,b.socket";
	cleanup_config struct config c;
	cleanup_free char *message = NULL;

	(void)state;
	config_init(&c);
	assert_int_equal(config_parse(&c, text, &message), 0);
	assert_false(c.interactive);
	assert_int_equal(c.boot_timeout, 7);
	assert_string_equal(c.datadir, "/srv/sdme");
	assert_value(&c, "hardened_drop_caps", "CAP_NET_RAW,CAP_SYS_BOOT");
	assert_value(&c, "host_rootfs_opaque_dirs", "");
	assert_value(&c, "default_create_masked_services", "a.service,b.socket");
}

static void test_parse_fails(void **state)
{
	static const char *const bad[][2] = {
		{ "interactive=maybe\n", "interactive=maybe: must be yes or no" },
		{ "datadir=\n", "datadir=: cannot be empty" },
		{ "datadir=var\n", "datadir=var: must be an absolute path" },
		{ "[x]\n[sdme]\nboot_timeout=0\n", "boot_timeout=0: must be a whole number greater than 0" },
		{ "tasks_max=many\n", "tasks_max" },
		{ "default_output_format=xml\n", "must be empty, json or json-pretty" },
		{ "hardened_drop_caps=CAP_NET_RAW,\n", "hardened_drop_caps" },
		{ "host_rootfs_opaque_dirs=/a,b\n", "must be an absolute path" },
		{ "\nnonsense\n", "line 2" },
		{ "[sdme]\n[x]\nnonsense\n", "line 3" },
		{ "=5\n", "line 1" },
		{ "[sdme\n", "line 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_free char *message = NULL;
		cleanup_config struct config c;

		config_init(&c);
		assert_int_equal(config_parse(&c, bad[i][0], &message), -EINVAL);
		if (!strstr(message, bad[i][1]))
			fail_msg("'%s' is told as '%s'", bad[i][1], message);
	}
}

static void test_check(void **state)
{
	static const struct {
		const char *key, *value, *normal; /* NULL: refused */
	} cases[] = {
		{ "datadir", "/a//b/", "/a/b" },
		{ "datadir", "/a ", NULL }, /* the blank would be lost in the file */
		{ "datadir", " /a", NULL },
		{ "datadir", "/a\n[x]", NULL },
		{ "datadir", "/..", NULL },
		{ "boot_timeout", "15", "15" },
		{ "boot_timeout", "-1", NULL },
		{ "boot_timeout", "15s", NULL },
		{ "hardened_drop_caps", "", "" },
		{ "hardened_drop_caps", "kill,cap_chown", "CAP_KILL,CAP_CHOWN" },
		{ "hardened_drop_caps", "kill,flying", NULL },
		{ "default_create_masked_services", "foo", "foo.service" },
		{ "default_create_masked_services", "../foo.service", NULL },
		{ "interactive", "off", "no" },
		{ "interactive", "", NULL },
		{ "default_output_format", "", "" },
		{ "default_output_format", "json", "json" },
		{ "host_rootfs_opaque_dirs", "/a/,/b", "/a,/b" },
		{ "default_registry", "Registry.Example:5000", "registry.example:5000" },
		{ "default_registry", "localhost", "localhost" },
		{ "default_registry", "[::1]:5000", "[::1]:5000" },
		{ "default_registry", "registry", NULL }, /* it would be taken for a directory */
		{ "default_registry", "registry.example/x", NULL },
		{ "default_registry", "registry.example:0", NULL },
		{ "default_registry", "", NULL },
		{ "docker_user", "me", "me" },
		{ "docker_user", "", "" },
		{ "docker_token", "a\nb", NULL },
		{ "http_timeout", "0", NULL },
		{ "http_body_timeout", "1", "1" },
		{ "http_ca_file", "ca.pem", NULL },
		{ "http_ca_file", "/etc//ca.pem", "/etc/ca.pem" },
		{ "max_download_size", "0", "0" },
		{ "max_download_size", "1024M", "1024M" },
		{ "max_download_size", "much", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *wrong = NULL;
		cleanup_free char *value =
			config_check((unsigned)config_find(cases[i].key), cases[i].value, &wrong);

		if (!cases[i].normal != !value)
			fail_msg("%s=%s is %s", cases[i].key, cases[i].value, value ? "accepted" : wrong);
		if (value)
			assert_string_equal(value, cases[i].normal);
		else
			assert_non_null(wrong);
	}
}

/* --- other sections ----------------------------------------------------------------------- */

static void assert_place(const struct config *c, const char *key, const char *expected)
{
	cleanup_config_place struct config_place p = { .section = NULL };
	cleanup_free char *value = NULL;

	assert_int_equal(config_place_find(key, &p), 0);
	value = config_place_value(c, &p);
	assert_string_equal(value, expected);
}

static void test_registries(void **state)
{
	static const char text[] = "[registries.Registry.example]\n"
				   "mirrors=A.example/X,b.example:5000\n"
				   "insecure=on\n"
				   "future=x\n"
				   "boot_timeout=7\n"
				   "[registries.[::1]:5000]\n"
				   "ca_file=/a//b.pem\n"
				   "[registries.registry.example]\n"
				   "mirrors=a.example/x//\n";
	cleanup_config struct config c;
	cleanup_free char *message = NULL;

	(void)state;
	config_init(&c);
	assert_int_equal(config_parse(&c, text, &message), -EINVAL);
	assert_string_equal(message, "mirrors=A.example/X,b.example:5000: has a prefix that no "
				     "repository can begin with");
	config_done(&c);
	config_init(&c);
	assert_int_equal(config_parse(&c, strstr(text, "insecure"), &message), 0);
	assert_int_equal(c.boot_timeout, 7);
	assert_int_equal(c.n_registries, 2);
	assert_null(config_find_registry(&c, "Registry.example"));
	assert_place(&c, "registries.registry.example.mirrors", "a.example/x");
	assert_place(&c, "registries.REGISTRY.example.insecure", "");
	assert_place(&c, "registries.[::1]:5000.ca_file", "/a/b.pem");
	assert_place(&c, "registries.other.example.ca_file", "");
}

static void test_registries_fail(void **state)
{
	static const char *const bad[][2] = {
		{ "[registries.x]\n", "[registries.x]: 'x' must be the name of a registry" },
		{ "[registries.]\n", "must be the name of a registry" },
		{ "[registries.a.b/c]\n", "must be the name of a registry" },
		{ "[registries.a.b]\nmirrors=a.b,c\n", "mirrors=a.b,c: must be HOST" },
		{ "[registries.a.b]\nmirrors=https://a.b\n", "must be HOST" },
		{ "[registries.a.b]\nmirrors=a.b/../c\n", "has a prefix" },
		{ "[registries.a.b]\nmirrors=a.b//c\n", "has a prefix" },
		{ "[registries.a.b]\ninsecure=maybe\n", "insecure=maybe: must be yes or no" },
		{ "[registries.a.b]\nca_file=x\n", "must be an absolute path" },
		{ "docker_token=secret\x01\n", "docker_token: must not" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_free char *message = NULL;
		cleanup_config struct config c;

		config_init(&c);
		assert_int_equal(config_parse(&c, bad[i][0], &message), -EINVAL);
		if (!strstr(message, bad[i][1]) || strstr(message, "secret"))
			fail_msg("'%s' is told as '%s'", bad[i][0], message);
	}
}

static void test_places(void **state)
{
	static const char *const none[] = {
		"registries.a.b", "registries.mirrors", "registries.x.mirrors", "registries.a.b.mirror",
		"distros.debian", "distros.plan9.import_prehook", "distros.debian.hook", "mirrors", ".", "",
	};
	cleanup_config_place struct config_place p = { .section = NULL };
	const char *wrong;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(config_place_find(none[i], &p), -ENOENT);
	assert_int_equal(config_place_find("distros.suse.import_prehook", &p), 0);
	assert_string_equal(p.section, "distros.suse");
	assert_string_equal(p.key, "import_prehook");
	assert_int_equal(p.family, FAMILY_SUSE);
	assert_null(p.registry);
	assert_null(config_place_check(&p, "", &wrong));
	assert_null(config_place_check(&p, "a\nb", &wrong));
	assert_null(config_place_check(&p, " a", &wrong));
}

/* --- secrets ------------------------------------------------------------------------------ */

static void test_mask(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "a", "*" }, { "12345678", "********" }, { "123456789", "1234...6789" },
		{ "dckr_pat_abcdefghijkl", "dckr...ijkl" },
	};
	cleanup_config struct config c;
	cleanup_free char *message = NULL, *shown = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *masked = setting_mask(cases[i][0]);

		assert_string_equal(masked, cases[i][1]);
	}
	config_init(&c);
	assert_int_equal(config_parse(&c, "docker_token=secret\ndocker_user=me\n", &message), 0);
	shown = config_shown(&c, (unsigned)config_find("docker_token"));
	assert_string_equal(shown, "******");
	assert_value(&c, "docker_token", "secret");
}

static void test_edit_secret(void **state)
{
	struct stat st;

	(void)state;
	put("sdme.conf", "boot_timeout=5\n");
	assert_int_equal(config_edit(file, "docker_user", "me"), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(config_edit(file, "docker_token", "secret"), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_edit_section(void **state)
{
	cleanup_strv struct strv values = STRV_INIT;
	cleanup_free char *text = NULL;
	char other[300];

	(void)state;
	put("sdme.conf", "a=1\n[sdme]\na=2\n");
	strv_add(&values, "x");
	strv_add(&values, "y");
	assert_int_equal(config_edit_section(file, "distros.arch", "a", &values, 0), 0);
	assert_file("a=1\n[sdme]\na=2\n[distros.arch]\na=x\na=y\n");
	strv_remove(&values, "y");
	assert_int_equal(config_edit_section(file, "distros.arch", "a", &values, 0), 0);
	assert_file("a=1\n[sdme]\na=2\n[distros.arch]\na=x\n");
	put("b.conf", "[registries.A.b]\na=1\n[DISTROS.arch]\n[registries.c]\n");
	snprintf(other, sizeof(other), "%s/b.conf", dir_path);
	assert_int_equal(config_edit_section(other, "registries.a.b", "a", &values, 0), 0);
	assert_int_equal(read_file_at(dir, "b.conf", 65536, &text), 0);
	assert_string_equal(text, "[registries.A.b]\na=x\n[DISTROS.arch]\n[registries.c]\n");
	strv_remove(&values, "x");
	assert_int_equal(config_edit_section(file, "distros.arch", "a", &values, 0), 0);
	assert_file("a=1\n[sdme]\na=2\n[distros.arch]\n");
}

/* --- files -------------------------------------------------------------------------------- */

static void test_load(void **state)
{
	struct config c;
	struct capture err;

	(void)state;
	err = capture_start(stderr);
	assert_int_equal(config_load(file, &c), -ENOENT); /* it was asked for by name */
	assert_non_null(strstr(capture_end(&err), "sdme.conf"));
	put("sdme.conf", "boot_timeout=5\ntasks_max=10\n");
	assert_int_equal(config_load(file, &c), 0);
	assert_string_equal(c.path, file);
	assert_int_equal(c.boot_timeout, 5);
	config_done(&c);
	put("sdme.conf", "boot_timeout=x\n");
	err = capture_start(stderr);
	assert_int_equal(config_load(file, &c), -EINVAL);
	assert_non_null(strstr(capture_end(&err), "boot_timeout=x"));
}

static void test_drop_ins(void **state)
{
	struct config c;
	struct capture err;

	(void)state;
	put("sdme.conf", "boot_timeout=5\ntasks_max=10\n");
	assert_int_equal(mkdirat(dir, "sdme.conf.d", 0755), 0);
	put("sdme.conf.d/20-b.conf", "[sdme]\nboot_timeout=20\n");
	put("sdme.conf.d/10-a.conf", "boot_timeout=10\nrestart_sec=3\n");
	put("sdme.conf.d/99-off.conf.bak", "boot_timeout=99\n");
	put("sdme.conf.d/.hidden.conf", "boot_timeout=98\n");
	assert_int_equal(config_load(file, &c), 0);
	assert_int_equal(c.boot_timeout, 20);
	assert_int_equal(c.tasks_max, 10);
	assert_int_equal(c.restart_sec, 3);
	config_done(&c);
	/* So many that a directory does not have them in order by chance. */
	for (int i = 0; i < 50; i++) {
		char name[32], text[32];

		snprintf(name, sizeof(name), "sdme.conf.d/%d.conf", 30 + i * 37 % 50);
		snprintf(text, sizeof(text), "boot_timeout=%d\n", 30 + i * 37 % 50);
		put(name, text);
	}
	assert_int_equal(config_load(file, &c), 0);
	assert_int_equal(c.boot_timeout, 79);
	config_done(&c);
	put("sdme.conf.d/30-c.conf", "nonsense\n");
	err = capture_start(stderr);
	assert_int_equal(config_load(file, &c), -EINVAL);
	assert_non_null(strstr(capture_end(&err), "30-c.conf"));
}

static void test_edit_new_file(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(config_edit(file, "boot_timeout", "5"), 0);
	assert_file("[sdme]\nboot_timeout=5\n");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(config_edit(file, "tasks_max", "6"), 0);
	assert_file("[sdme]\nboot_timeout=5\ntasks_max=6\n");
	assert_int_equal(config_edit(file, "boot_timeout", NULL), 0);
	assert_file("[sdme]\ntasks_max=6\n");
	assert_int_equal(config_edit(file, "boot_timeout", NULL), 0);
	assert_file("[sdme]\ntasks_max=6\n");
}

static void test_edit_keeps(void **state)
{
	struct stat st;

	(void)state;
	put("sdme.conf", "# mine\n"
			 "\n"
			 "[sdme]\n"
			 "  boot_timeout = 5  \n"
			 "# why: a slow disk\n"
			 "tasks_max=1\n"
			 "boot_timeout=6\n"
			 "[other]\n"
			 "boot_timeout=7");
	assert_int_equal(config_edit(file, "boot_timeout", "9"), 0);
	assert_file("# mine\n"
		    "\n"
		    "[sdme]\n"
		    "boot_timeout=9\n"
		    "# why: a slow disk\n"
		    "tasks_max=1\n"
		    "[other]\n"
		    "boot_timeout=7\n");
	assert_int_equal(config_edit(file, "restart_sec", "3"), 0);
	assert_file("# mine\n"
		    "\n"
		    "[sdme]\n"
		    "boot_timeout=9\n"
		    "# why: a slow disk\n"
		    "tasks_max=1\n"
		    "restart_sec=3\n"
		    "[other]\n"
		    "boot_timeout=7\n");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644); /* a person's choice of mode stays */
	assert_int_equal(config_edit(file, "boot_timeout", NULL), 0);
	assert_int_equal(config_edit(file, "tasks_max", NULL), 0);
	assert_int_equal(config_edit(file, "restart_sec", NULL), 0);
	assert_file("# mine\n\n[sdme]\n# why: a slow disk\n[other]\nboot_timeout=7\n");
}

static void test_edit_without_section(void **state)
{
	(void)state;
	put("sdme.conf", "boot_timeout=5\n");
	assert_int_equal(config_edit(file, "boot_timeout", "6"), 0);
	assert_file("boot_timeout=6\n");
	put("sdme.conf", "[other]\nx=1\n");
	assert_int_equal(config_edit(file, "boot_timeout", "6"), 0);
	assert_file("[other]\nx=1\n[sdme]\nboot_timeout=6\n");
}

static void test_edit_fails(void **state)
{
	struct capture err = capture_start(stderr);
	char path[400];

	(void)state;
	snprintf(path, sizeof(path), "%s/no/sdme.conf", dir_path);
	assert_true(config_edit(path, "boot_timeout", "6") < 0);
	assert_non_null(strstr(capture_end(&err), "cannot read the configuration"));
}

/* What the check accepts is what the next run reads. */
static void test_edit_round_trip(void **state)
{
	static const char *const pairs[][2] = {
		{ "datadir", "/a b#c;d=[e]" },
		{ "host_rootfs_opaque_dirs", "/a\\,b,/c" },
		{ "default_create_masked_services", "a\\\\x2db.mount" },
		{ "hardened_drop_caps", "" },
		{ "interactive", "no" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		int key = config_find(pairs[i][0]);
		const char *wrong;
		cleanup_free char *value = config_check((unsigned)key, pairs[i][1], &wrong);
		cleanup_config struct config c = { 0 };

		assert_non_null(value);
		assert_int_equal(config_edit(file, pairs[i][0], value), 0);
		assert_int_equal(config_load(file, &c), 0);
		assert_value(&c, pairs[i][0], value);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_defaults), TEST(test_parse), TEST(test_parse_fails), TEST(test_check),
		TEST(test_load), TEST(test_drop_ins), TEST(test_edit_new_file), TEST(test_edit_keeps),
		TEST(test_edit_without_section), TEST(test_edit_fails), TEST(test_edit_round_trip),
		TEST(test_registries), TEST(test_registries_fail), TEST(test_places), TEST(test_mask),
		TEST(test_edit_secret), TEST(test_edit_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
