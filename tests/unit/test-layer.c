/* SPDX-License-Identifier: MIT */
/* Layers on top of one another: whiteouts, replacements, and what wants to break out. */
#include "layertest.h"

/* --- names of whiteouts ------------------------------------------------------------------- */

static void test_parse(void **state)
{
	static const struct {
		const char *path;
		enum whiteout kind;
		const char *name;
	} cases[] = {
		{ "a", WHITEOUT_NONE, NULL },
		{ "", WHITEOUT_NONE, NULL },
		{ "a.wh.b", WHITEOUT_NONE, NULL },
		{ ".whx/.w", WHITEOUT_NONE, NULL },
		{ ".wh.a", WHITEOUT_NAME, "a" },
		{ "d/e/.wh.a b", WHITEOUT_NAME, "a b" },
		{ ".wh....", WHITEOUT_NAME, "..." },
		{ ".wh..a", WHITEOUT_NAME, ".a" },
		{ ".wh..wh..opq", WHITEOUT_OPAQUE, NULL },
		{ "d/.wh..wh..opq", WHITEOUT_OPAQUE, NULL },
		{ ".wh..wh.plnk", WHITEOUT_IGNORED, NULL },
		{ ".wh..wh.plnk/1.2", WHITEOUT_IGNORED, NULL },
		{ ".wh..wh.aufs", WHITEOUT_IGNORED, NULL },
		{ "d/.wh..wh.orph", WHITEOUT_IGNORED, NULL },
		{ ".wh.", WHITEOUT_BAD, NULL },
		{ ".wh..", WHITEOUT_BAD, NULL },
		{ "d/.wh...", WHITEOUT_BAD, NULL },
		{ ".wh.a/b", WHITEOUT_BAD, NULL },
		{ ".wh./b", WHITEOUT_BAD, NULL },
		{ ".wh..wh..opq/b", WHITEOUT_BAD, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *name = NULL;

		if (whiteout_parse(cases[i].path, &name) != cases[i].kind)
			fail_msg("%s", cases[i].path);
		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
	}
}

static void test_malformed(void **state)
{
	static const char *const names[] = { ".wh.",    "d/.wh..",  "d/.wh...",
					     ".wh.f/x", "./.wh./x", ".wh..wh..opq/x" };

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		add_file("f", "x");
		add_file("d/in", "x");
		add_file(names[i], "");
		refused("a whiteout that is damaged");
		assert_content("f", "x");
		assert_content("d/in", "x");
	}
	add_dir(".wh.f");
	refused("'.wh.f': it is a whiteout and a directory");
	assert_content("f", "x");
}

/* What AUFS noted for itself is no file of the image. */
static void test_aufs(void **state)
{
	(void)state;
	need_root();
	lower();
	add_file(".wh..wh.aufs", "");
	add_dir(".wh..wh.plnk");
	add_file(".wh..wh.plnk/12.34", "x");
	add_dir(".wh..wh.orph");
	add_hard_link(".wh.f", ".wh..wh.aufs");
	apply();
	assert_false(is_there("f"));
	assert_true(is_there("d/one"));
	assert_false(is_there(".wh..wh.aufs"));
	assert_false(is_there(".wh..wh.plnk"));
	assert_false(is_there(".wh..wh.orph"));
}

/* --- what whiteouts hide ------------------------------------------------------------------ */

static void test_whiteout(void **state)
{
	(void)state;
	need_root();
	lower();
	add_file(".wh.f", "");
	add_file("d/.wh.one", "");
	add_file("d/.wh.sub", "");
	add_file("d/.wh.never-there", "");
	add_file("no/such/dir/.wh.x", "");
	add_file("f2/.wh.x", "");
	apply();
	assert_false(is_there("f"));
	assert_false(is_there("d/one"));
	assert_false(is_there("d/sub"));
	assert_content("d/two", "lower");
	assert_content("d/other/deeper/f", "lower");
	assert_false(is_there("no"));
	assert_false(is_there("d/.wh.one"));
}

static void test_whiteout_of_links(void **state)
{
	(void)state;
	need_root();
	lower();
	add_file(".wh.dangling", "");
	add_file(".wh.absolute", "");
	add_file(".wh.to-dir", "");
	apply();
	assert_false(is_there("dangling"));
	assert_false(is_there("absolute"));
	assert_false(is_there("to-dir"));
	assert_content("d/one", "lower");
	assert_true(exists_at(dir, "outside/sentinel"));
}

/* Its directory is looked up in the root. */
static void test_whiteout_through_links(void **state)
{
	(void)state;
	need_root();
	lower();
	add_file("to-dir/.wh.one", "");
	add_file("absolute/.wh.sentinel", "");
	add_file("absolute/.wh..wh..opq", "");
	apply();
	assert_false(is_there("d/one"));
	assert_true(exists_at(dir, "outside/sentinel"));
	add_link("out", "../outside");
	apply();
	add_file("out/.wh.sentinel", "");
	add_file("out/.wh..wh..opq", "");
	apply();
	assert_true(exists_at(dir, "outside/sentinel"));
	add_file("d/../../outside/.wh.sentinel", "");
	refused("'..'");
}

/* A whiteout is about lower layers, wherever it stands in its own. */
static void test_same_layer(void **state)
{
	(void)state;
	need_root();
	lower();
	add_file("f", "upper");
	add_file(".wh.f", "");
	add_file("d/.wh.one", "");
	add_file("d/one", "upper");
	add_dir("d/sub");
	add_file("d/sub/new", "upper");
	add_file("d/.wh.sub", "");
	add_file("d/other/deeper/new", "upper"); /* without entries of the directories above it */
	add_file("d/.wh.other", "");
	add_hard_link("d/hard", "d/two");
	add_file("d/.wh.hard", "");
	add_file("d/.wh.two", "");
	add_link("new-link", "x");
	add_file(".wh.new-link", "");
	add_dir("new-dir/below");
	add_file("new-dir/below/f", "upper");
	add_file(".wh.new-dir", "");
	add_file("new-dir/.wh.below", "");
	add_file("new-dir/below/.wh..wh..opq", "");
	apply();
	assert_content("f", "upper");
	assert_content("d/one", "upper");
	assert_content("d/sub/new", "upper");
	assert_false(is_there("d/sub/deep"));
	assert_content("d/other/deeper/new", "upper");
	assert_false(is_there("d/other/deeper/f"));
	assert_content("d/hard", "lower");
	assert_false(is_there("d/two"));
	assert_link("new-link", "x");
	assert_content("new-dir/below/f", "upper");
	/* The next layer can hide it all. */
	add_file(".wh.f", "");
	add_file(".wh.d", "");
	add_file(".wh.new-link", "");
	add_file(".wh.new-dir", "");
	apply();
	assert_false(is_there("f") || is_there("d") || is_there("new-link") || is_there("new-dir"));
}

/* A whiteout is no sign that its directory is of this layer. */
static void test_whiteouts_of_parent_and_child(void **state)
{
	(void)state;
	need_root();
	lower();
	add_file("d/other/.wh.deeper", "");
	add_file("d/.wh.other", "");
	apply();
	assert_false(is_there("d/other"));
}

static void test_opaque(void **state)
{
	for (int first = 0; first < 2; first++) {
		(void)state;
		need_root();
		lower();
		if (first)
			add_file("d/.wh..wh..opq", "");
		add_dir("d");
		add_file("d/one", "upper");
		add_file("d/sub/new", "upper");
		add_dir("d/fresh");
		add_file("d/fresh/f", "upper");
		if (!first)
			add_file("d/.wh..wh..opq", "");
		apply();
		assert_content("d/one", "upper");
		assert_content("d/sub/new", "upper");
		assert_content("d/fresh/f", "upper");
		assert_false(is_there("d/two"));
		assert_false(is_there("d/sub/deep"));
		assert_false(is_there("d/other"));
		assert_false(is_there("d/.wh..wh..opq"));
		assert_content("f", "lower");
	}
}

static void test_opaque_root(void **state)
{
	(void)state;
	need_root();
	lower();
	add_file("kept", "upper");
	add_file(".wh..wh..opq", "");
	add_file("later", "upper");
	apply();
	assert_content("kept", "upper");
	assert_content("later", "upper");
	assert_false(is_there("d") || is_there("f") || is_there("dangling") || is_there("to-dir"));
	add_file("no-dir/.wh..wh..opq", "");
	add_file("kept/.wh..wh..opq", "");
	apply();
	assert_content("kept", "upper");
}

/* The inode numbers of directories that are gone are soon those of others. */
static void test_numbers_again(void **state)
{
	char name[40];

	(void)state;
	need_root();
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "lower%d/f", i);
		add_file(name, "lower");
	}
	apply();
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), i & 1 ? "gone/%d" : "gone/%d/deeper", i);
		add_dir(name);
	}
	add_file("gone", "a file now");
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "lower%d/implied/f", i);
		add_file(name, "new");
	}
	add_file(".wh..wh..opq", "");
	add_file(".wh.lower7", "");
	apply();
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "lower%d/implied/f", i);
		assert_content(name, "new");
		snprintf(name, sizeof(name), "lower%d/f", i);
		assert_false(is_there(name));
	}
}

/* Deeper than a path can say, which only a chain of renames makes. */
static void test_opaque_of_deep_tree(void **state)
{
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	need_root();
	for (int i = 0; i < 3000; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "deep", 0755), 0);
		next = openat(fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	close(fd);
	add_file(".wh.deep", "");
	add_file("after", "x");
	apply();
	assert_false(is_there("deep"));
	assert_true(is_there("after"));
}

/* --- directories of lower layers ---------------------------------------------------------- */

static void test_times(void **state)
{
	(void)state;
	need_root();
	lower();
	assert_int_equal(stat_of("d").st_mtime, 500);
	add_file("d/new", "upper");
	add_file("d/sub/.wh.deep", "");
	apply();
	/* Nobody said that they have another time. */
	assert_int_equal(stat_of("d").st_mtime, 500);
	assert_int_equal(stat_of("d/sub").st_mtime, 500);
	add_file("d/newer", "upper");
	tar_add(&tar, (struct tar_entry){ .name = "d", .type = '5', .mode = 0700, .uid = 3, .mtime = 700 });
	add_file("d/newest", "upper");
	apply();
	assert_int_equal(stat_of("d").st_mtime, 700);
	assert_int_equal(stat_of("d").st_uid, 3);
	assert_int_equal(stat_of("d").st_mode, S_IFDIR | 0700);
	assert_content("d/one", "lower");
}

static void test_attributes_of_directories(void **state)
{
	static const char inherited[] = "user::rwx,user:4000:rwx:4000,group::r-x,mask::rwx,other::---";
	char path[64], value[64];

	(void)state;
	need_root();
	tar_pax(&tar, "SCHILY.xattr.user.old", "x", 1);
	add_dir("d");
	tar_pax(&tar, "SCHILY.acl.default", inherited, sizeof(inherited) - 1);
	add_dir("listed");
	tar_add(&tar, (struct tar_entry){ .name = "sgid", .type = '5', .mode = 02755, .gid = 77 });
	apply();
	/* An entry says all there is to say of a directory. */
	tar_pax(&tar, "SCHILY.xattr.user.new", "y", 1);
	add_dir("d");
	add_file("listed/plain", "");
	add_dir("sgid/dir");
	add_file("sgid/f", "");
	tar_add(&tar, (struct tar_entry){ .name = "sgid/suid", .type = '0', .mode = 04711, .uid = 5 });
	apply();
	snprintf(path, sizeof(path), "/proc/self/fd/%d/d", root);
	assert_int_equal(getxattr(path, "user.old", value, sizeof(value)), -1);
	assert_int_equal(getxattr(path, "user.new", value, sizeof(value)), 1);
	/* Nothing is inherited from a directory of a lower layer. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/listed/plain", root);
	assert_int_equal(getxattr(path, "system.posix_acl_access", value, sizeof(value)), -1);
	assert_int_equal(stat_of("listed/plain").st_mode, S_IFREG | 0644);
	assert_int_equal(stat_of("sgid/dir").st_mode, S_IFDIR | 0755);
	assert_int_equal(stat_of("sgid/dir").st_gid, 0);
	assert_int_equal(stat_of("sgid/f").st_gid, 0);
	assert_int_equal(stat_of("sgid/suid").st_mode, S_IFREG | 04711);
}

/* The kernel does not follow somebody else's link in a directory like /tmp, if it is the last part of the
 * path. */
static void test_links_in_sticky_directories(void **state)
{
	(void)state;
	need_root();
	add_dir("real");
	add_file("real/lower", "");
	add_file("real/target", "lower");
	tar_add(&tar, (struct tar_entry){ .name = "tmp", .type = '5', .mode = 01777 });
	tar_add(&tar, (struct tar_entry){ .name = "tmp/l", .link = "/real", .type = '2', .uid = 1000 });
	apply();
	add_file("tmp/l/f", "upper");
	add_file("tmp/l/.wh.lower", "");
	add_hard_link("hard", "tmp/l/target");
	apply();
	assert_content("real/f", "upper");
	assert_content("hard", "lower");
	assert_false(is_there("real/lower"));
}

/* The mode is the entry's, whatever mask the caller has. */
static void test_mask(void **state)
{
	mode_t mask = umask(077);

	(void)state;
	need_root();
	tar_add(&tar, (struct tar_entry){ .name = "d/f", .type = '0', .mode = 0666 });
	tar_add(&tar, (struct tar_entry){ .name = "e", .type = '5', .mode = 0777 });
	tar_add(&tar, (struct tar_entry){ .name = "p", .type = '6', .mode = 0622 });
	apply();
	umask(mask);
	assert_int_equal(stat_of("d").st_mode, S_IFDIR | 0755);
	assert_int_equal(stat_of("d/f").st_mode, S_IFREG | 0666);
	assert_int_equal(stat_of("e").st_mode, S_IFDIR | 0777);
	assert_int_equal(stat_of("p").st_mode, S_IFIFO | 0622);
}

/* --- other types than before -------------------------------------------------------------- */

static void test_other_types(void **state)
{
	(void)state;
	need_root();
	lower();
	add_dir("usr/lib");
	add_file("usr/lib/lower", "lower");
	add_link("lib", "usr/lib");
	add_link("sbin", "usr/lib");
	apply();
	add_dir("f");
	add_file("f/in", "upper");
	add_file("d/sub", "upper");
	add_link("d/other", "sub");
	add_dir("lib");
	add_file("lib/upper", "upper");
	add_file("sbin/through", "upper");
	tar_add(&tar, (struct tar_entry){ .name = "dangling", .type = '6', .mode = 0600 });
	apply();
	assert_content("f/in", "upper");
	assert_content("d/sub", "upper");
	assert_link("d/other", "sub");
	/* As docker and umoci: a directory takes the place of a link to one. */
	assert_true(S_ISDIR(stat_of("lib").st_mode));
	assert_content("lib/upper", "upper");
	assert_false(is_there("lib/lower"));
	assert_false(is_there("usr/lib/upper"));
	assert_content("usr/lib/lower", "lower");
	assert_content("usr/lib/through", "upper");
	assert_true(S_ISFIFO(stat_of("dangling").st_mode));
}

/* --- hard links --------------------------------------------------------------------------- */

static void test_hard_links(void **state)
{
	struct stat st;

	(void)state;
	need_root();
	lower();
	add_hard_link("same", "f");
	add_hard_link("link", "absolute");
	apply();
	st = stat_of("f");
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(stat_of("same").st_ino, st.st_ino);
	assert_link("link", outside_path);
	/* What replaces one of them does not write into the other. */
	add_file("f", "upper");
	apply();
	assert_content("f", "upper");
	assert_content("same", "lower");
	assert_int_equal(stat_of("same").st_nlink, 1);
	add_file(".wh.same", "");
	add_hard_link("gone", "same");
	refused("'gone': it is a hard link to something that is not there");
	add_hard_link("out", "absolute/sentinel");
	refused("not there");
	add_hard_link("out", "../outside/sentinel");
	refused("outside the archive");
}

/* --- out of the root ---------------------------------------------------------------------- */

static void test_outside(void **state)
{
	char name[64];

	(void)state;
	need_root();
	add_file("../outside/x", "x");
	refused("'..'");
	add_link("etc", outside_path);
	apply();
	add_file("etc/passwd", "x"); /* a link of a lower layer: resolved in the root, where it dangles */
	refused("'etc/passwd'");
	add_link("up", "../../../../outside");
	add_file("up/passwd", "x");
	refused("'up/passwd'");
	add_link("l0", "../outside");
	for (int i = 1; i <= 41; i++) {
		char target[64];

		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		add_link(name, target);
	}
	add_file("l41/x", "x");
	refused("Too many levels");
}

static void test_top(void **state)
{
	(void)state;
	need_root();
	tar_add(&tar, (struct tar_entry){ .name = ".", .type = '2', .link = "../outside" });
	refused("must be a directory");
	add_hard_link("./", "x");
	refused("must be a directory");
	tar_add(&tar, (struct tar_entry){ .name = "./", .type = '3', .major = 1, .minor = 3 });
	refused("must be a directory");
	tar_add(&tar, (struct tar_entry){ .name = "./", .type = '5', .mode = 0711 });
	apply();
	assert_int_equal(stat_of(".").st_mode, S_IFDIR | 0711);
}

/* What overlayfs would take for a whiteout or a redirect of its own. */
static void test_marks_of_overlayfs(void **state)
{
	static const char *const names[] = { "trusted.overlay.opaque",   "trusted.overlay.redirect",
					     "trusted.overlay.metacopy", "user.overlay.opaque",
					     "security.selinux",         "trusted.other",
					     "system.posix_acl_access" };
	char path[64], key[64];

	(void)state;
	need_root();
	tar_add(&tar, (struct tar_entry){ .name = "gone", .type = '3', .mode = 0644 });
	refused("'gone': a character device 0:0");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(key, sizeof(key), "SCHILY.xattr.%s", names[i]);
		tar_pax(&tar, key, "/etc", 4);
		add_dir("d");
		tar_pax(&tar, key, "/etc", 4);
		add_file("f", "x");
	}
	apply();
	snprintf(path, sizeof(path), "/proc/self/fd/%d/d", root);
	assert_int_equal(listxattr(path, NULL, 0), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/f", root);
	assert_int_equal(listxattr(path, NULL, 0), 0);
}

/* --- bounds ------------------------------------------------------------------------------- */

static void test_many(void **state)
{
	char name[64];

	(void)state;
	need_root();
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "d/lower-%d", i);
		add_file(name, "");
	}
	apply();
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "d/upper-%d", i);
		add_file(name, "");
	}
	add_file("d/.wh..wh..opq", "");
	apply();
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "d/upper-%d", i);
		assert_true(is_there(name));
		snprintf(name, sizeof(name), "d/lower-%d", i);
		assert_false(is_there(name));
	}
}

static void test_touched(void **state)
{
	struct touched t = TOUCHED_INIT;
	char name[32];

	(void)state;
	assert_false(touched_has(&t, 1, 2, "x"));
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(touched_add(&t, 1, 2, name), 1);
	}
	assert_int_equal(touched_add(&t, 1, 2, "99999"), 0);
	assert_int_equal(touched_add(&t, 1, 3, "99999"), 1);
	assert_true(touched_has(&t, 1, 2, "0"));
	assert_false(touched_has(&t, 2, 2, "0"));
	assert_false(touched_has(&t, 1, 2, "100000"));
	assert_int_equal(t.n, 100001);
	assert_true(t.size <= 4 * t.n);
	touched_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_parse),
		TEST(test_malformed),
		TEST(test_aufs),
		TEST(test_whiteout),
		TEST(test_whiteout_of_links),
		TEST(test_whiteout_through_links),
		TEST(test_same_layer),
		TEST(test_whiteouts_of_parent_and_child),
		TEST(test_opaque),
		TEST(test_opaque_root),
		TEST(test_numbers_again),
		TEST(test_opaque_of_deep_tree),
		TEST(test_times),
		TEST(test_attributes_of_directories),
		TEST(test_links_in_sticky_directories),
		TEST(test_mask),
		TEST(test_other_types),
		TEST(test_hard_links),
		TEST(test_outside),
		TEST(test_top),
		TEST(test_marks_of_overlayfs),
		TEST(test_many),
		TEST(test_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
