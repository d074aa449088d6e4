/* SPDX-License-Identifier: MIT */
/* Which images are systems, and how one that is none is quoted. */
#include "test.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "oci/classify.h"

/* Words with blanks between; NULL: none. */
static struct image_config make(const char *entrypoint, const char *cmd, const char *port)
{
	struct image_config c = IMAGE_CONFIG_INIT;

	if (entrypoint)
		strv_split(&c.entrypoint, entrypoint, ' ');
	if (cmd)
		strv_split(&c.cmd, cmd, ' ');
	if (port)
		strv_add(&c.ports, port);
	return c;
}

static bool is_system(const char *entrypoint, const char *cmd, const char *port)
{
	struct image_config c = make(entrypoint, cmd, port);
	bool is = image_is_system(&c);

	image_config_done(&c);
	return is;
}

static void test_systems(void **state)
{
	(void)state;
	assert_true(is_system(NULL, "bash", NULL));
	assert_true(is_system(NULL, "/bin/bash", NULL));
	assert_true(is_system(NULL, "sh", NULL));
	assert_true(is_system(NULL, "/usr/bin/sh", NULL));
	assert_true(is_system(NULL, NULL, NULL));
}

static void test_applications(void **state)
{
	(void)state;
	assert_false(is_system(NULL, "bash -l", NULL));
	assert_false(is_system(NULL, "/bin/zsh", NULL));
	assert_false(is_system(NULL, "/sbin/init", NULL));
	assert_false(is_system(NULL, "bash/", NULL));
	assert_false(is_system(NULL, "xbash", NULL));
	assert_false(is_system(NULL, "Sh", NULL));
	assert_false(is_system("/entry", "sh", NULL));
	assert_false(is_system("sh", NULL, NULL));
	assert_false(is_system(NULL, "sh", "80/tcp"));
	assert_false(is_system(NULL, NULL, "53/udp"));
}

static void check_text(const char *entrypoint, const char *cmd, const char *port, const char *want)
{
	struct image_config c = make(entrypoint, cmd, port);
	cleanup_free char *text = image_command_text(&c);

	assert_string_equal(text, want);
	image_config_done(&c);
}

static void test_text(void **state)
{
	(void)state;
	assert_int_equal(json_load(), 0);
	check_text("/e", "a \"b\" c\nd", "80/tcp",
		   "Entrypoint [\"/e\"], Cmd [\"a\", \"\\\"b\\\"\", \"c\\nd\"], ExposedPorts [\"80/tcp\"]");
	check_text(NULL, "sh", NULL, "Entrypoint [], Cmd [\"sh\"]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_systems),
		cmocka_unit_test(test_applications),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
