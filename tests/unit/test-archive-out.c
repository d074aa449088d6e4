/* SPDX-License-Identifier: MIT */
/* Tarballs that are made to reach out of the tree. */
#include "archivetest.h"

static void test_dot_dot(void **state)
{
	static const char *const names[] = { "../outside/x", "a/../../outside/x", "..", "a/..", "/../outside/x" };

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		add_file(names[i], "x");
		refused("'..'");
	}
}

static void test_absolute(void **state)
{
	char name[350];

	(void)state;
	need_root();
	snprintf(name, sizeof(name), "%s/x", outside_path);
	tar_pax(&tar, "path", name, strlen(name));
	add_file("x", "in");
	add_file("///etc//./passwd", "pw");
	unpack_well();
	assert_content(name + 1, "in");
	assert_content("etc/passwd", "pw");
	assert_int_equal(faccessat(dir, "outside/x", F_OK, 0), -1);
}

static void test_links_out(void **state)
{
	static const char *const targets[] = { "../outside", "/../outside", "../../../../outside", NULL };
	char name[64], target[64];

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		add_link("etc", targets[i] ? targets[i] : outside_path);
		add_file("etc/x", "x");
		refused("cannot unpack 'x.tar': 'etc/x': ");
		assert_int_equal(rmtree_at(root, "etc"), 0);
	}
	/* A chain that is longer than the kernel follows. */
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d", i + 1);
		add_link(name, target);
	}
	add_link("l60", "../outside");
	add_file("l0/x", "x");
	refused("Too many levels");
}

static void test_hard_links_out(void **state)
{
	static const struct {
		const char *target, *text;
	} cases[] = {
		{ "/etc/shadow", "not there" },	   { "../../outside", "outside" },
		{ "../root/x", "outside" },	   { "self", "not there" },
		{ "later", "not there" },	   { "out/secret", "not there" },
		{ "a-directory", "a directory" },  { ".", "outside" },
	};

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		add_dir("a-directory");
		add_link("out", outside_path);
		add_hard_link("self", cases[i].target);
		add_file("later", "x");
		refused(cases[i].text);
		assert_int_equal(faccessat(dir, "root/self", F_OK, 0), -1);
	}
}

static void test_top(void **state)
{
	static const struct tar_entry tops[] = {
		{ .name = ".", .type = '2', .link = "../outside" },
		{ .name = "./", .type = '0', .data = "x" },
		{ .name = "././.", .type = '1', .link = "x" },
		{ .name = "/", .type = '3', .major = 1, .minor = 3 },
		{ .name = ".", .type = '6' },
	};

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		add_file("x", "x");
		tar_add(&tar, tops[i]);
		/* A file whose name ends in a slash is a directory in old tarballs. */
		if (tops[i].type == '0')
			(void)unpack();
		else
			refused("must be a directory");
		assert_true(S_ISDIR(stat_of(".").st_mode));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dot_dot),
		TEST(test_absolute),
		TEST(test_links_out),
		TEST(test_hard_links_out),
		TEST(test_top),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
