/* SPDX-License-Identifier: MIT */
/* What is true in a tarball stays true in the tree. */
#include "archivetest.h"

#include <sys/sysmacros.h>

static void test_kinds(void **state)
{
	struct stat st;

	(void)state;
	need_root();
	tar_add(&tar, (struct tar_entry){ .name = "./", .type = '5', .mode = 0751, .uid = 5, .mtime = 1000 });
	tar_add(&tar, (struct tar_entry){ .name = "d/", .type = '5', .mode = 01777, .mtime = 2000 });
	tar_add(&tar, (struct tar_entry){ .name = "d/f", .type = '0', .mode = 06755, .uid = 70000,
					  .gid = 4000000000, .mtime = 3000, .data = "text" });
	tar_add(&tar, (struct tar_entry){ .name = "l", .link = "d/f", .type = '2', .mode = 0777, .uid = 9,
					  .mtime = 4000 });
	tar_add(&tar, (struct tar_entry){ .name = "c", .type = '3', .mode = 0620, .major = 1, .minor = 3 });
	tar_add(&tar, (struct tar_entry){ .name = "b", .type = '4', .mode = 0660, .major = 8, .minor = 300 });
	tar_add(&tar, (struct tar_entry){ .name = "p", .type = '6', .mode = 0600 });
	unpack_well();

	st = stat_of(".");
	assert_int_equal(st.st_mode, S_IFDIR | 0751);
	assert_int_equal(st.st_uid, 5);
	assert_int_equal(st.st_mtime, 1000);
	st = stat_of("d");
	assert_int_equal(st.st_mode, S_IFDIR | 01777);
	assert_int_equal(st.st_mtime, 2000);
	st = stat_of("d/f");
	assert_int_equal(st.st_mode, S_IFREG | 06755);
	assert_int_equal(st.st_uid, 70000);
	assert_int_equal(st.st_gid, 4000000000);
	assert_int_equal(st.st_mtime, 3000);
	assert_content("d/f", "text");
	st = stat_of("l");
	assert_int_equal(st.st_uid, 9);
	assert_int_equal(st.st_mtime, 4000);
	assert_link("l", "d/f");
	st = stat_of("c");
	assert_int_equal(st.st_mode, S_IFCHR | 0620);
	assert_int_equal(st.st_rdev, makedev(1, 3));
	st = stat_of("b");
	assert_int_equal(st.st_mode, S_IFBLK | 0660);
	assert_int_equal(st.st_rdev, makedev(8, 300));
	assert_int_equal(stat_of("p").st_mode, S_IFIFO | 0600);
}

static void test_times(void **state)
{
	struct stat st;

	(void)state;
	need_root();
	tar_pax(&tar, "mtime", "1234567890.123456789", 20);
	add_file("nanoseconds", "");
	tar_add(&tar, (struct tar_entry){ .name = "early", .type = '0', .mode = 0644, .mtime = -1000 });
	tar_pax(&tar, "mtime", "9223372036854775807", 19);
	add_file("never", "");
	unpack_well();
	st = stat_of("nanoseconds");
	assert_int_equal(st.st_mtim.tv_sec, 1234567890);
	assert_int_equal(st.st_mtim.tv_nsec, 123456789);
	assert_true(stat_of("early").st_mtime <= 0);
	assert_true(is_there("never"));
}

static void test_names(void **state)
{
	static const char *const names[] = { "new\nline", "esc\033[1m", "bad\xff\xfeutf", "nfd-e\xcc\x81",
					     "nfc-\xc3\xa9",  "Case",	  "case",	   " blank ",
					     "\\back",	      "%s%n",	  "-rf",	   "...",
					     "dir/..x",	      "dir/x.." };

	char path[64];

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		/* Plain, and in a pax record, where names are to be UTF-8 and are not all. */
		add_file(names[i], names[i]);
		snprintf(path, sizeof(path), "pax/%s", names[i]);
		tar_pax(&tar, "path", path, strlen(path));
		add_file("x", names[i]);
		snprintf(path, sizeof(path), "link/%s", names[i]);
		tar_pax(&tar, "linkpath", names[i], strlen(names[i]));
		add_link(path, "x");
	}
	unpack_well();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_content(names[i], names[i]);
		snprintf(path, sizeof(path), "pax/%s", names[i]);
		assert_content(path, names[i]);
		snprintf(path, sizeof(path), "link/%s", names[i]);
		assert_link(path, names[i]);
	}
}

static void test_long_names(void **state)
{
	char name[4000];

	(void)state;
	need_root();
	memset(name, 'n', 255);
	name[255] = '\0';
	tar_pax(&tar, "path", name, 255);
	add_file("x", "255");
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 ? '/' : 'd';
	name[sizeof(name) - 1] = '\0';
	tar_pax(&tar, "path", name, strlen(name));
	add_file("x", "deep");
	unpack_well();
	assert_content(name, "deep");
	memset(name, 'n', 255);
	name[255] = '\0';
	assert_content(name, "255");

	memset(name, 'n', 256);
	tar_pax(&tar, "path", name, 256);
	add_file("x", "256");
	refused("File name too long");
}

static void test_attributes(void **state)
{
	static const char capability[] = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
	char value[64];

	(void)state;
	need_root();
	tar_pax(&tar, "SCHILY.xattr.user.note", "a\0b", 3);
	add_file("note", "");
	tar_pax(&tar, "SCHILY.xattr.security.capability", capability, 20);
	tar_add(&tar, (struct tar_entry){ .name = "ping", .type = '0', .mode = 0755, .uid = 3, .data = "x" });
	tar_pax(&tar, "SCHILY.xattr.trusted.overlay.opaque", "y", 1);
	add_dir("opaque");
	tar_pax(&tar, "SCHILY.xattr.user.overlay.redirect", "/etc", 4);
	add_dir("redirect");
	tar_pax(&tar, "SCHILY.xattr.security.selinux", "label", 5);
	add_file("label", "");
	unpack_well();
	assert_int_equal(fgetxattr(root, "user.note", value, sizeof(value)), -1);
	snprintf(value, sizeof(value), "/proc/self/fd/%d/note", root);
	assert_int_equal(getxattr(value, "user.note", value, sizeof(value)), 3);
	assert_memory_equal(value, "a\0b", 3);
	snprintf(value, sizeof(value), "/proc/self/fd/%d/ping", root);
	assert_int_equal(getxattr(value, "security.capability", value, sizeof(value)), 20);
	assert_memory_equal(value, capability, 20);
	snprintf(value, sizeof(value), "/proc/self/fd/%d/opaque", root);
	assert_int_equal(listxattr(value, NULL, 0), 0);
	snprintf(value, sizeof(value), "/proc/self/fd/%d/redirect", root);
	assert_int_equal(listxattr(value, NULL, 0), 0);
	snprintf(value, sizeof(value), "/proc/self/fd/%d/label", root);
	assert_int_equal(listxattr(value, NULL, 0), 0);
}

static void test_access_lists(void **state)
{
	static const char access[] = "user::rw-,user:4000:r--:4000,group::r--,mask::r--,other::---";
	static const char inherited[] = "user::rwx,user:4000:rwx:4000,group::r-x,mask::rwx,other::---";
	char path[64], value[128];

	(void)state;
	need_root();
	tar_pax(&tar, "SCHILY.acl.default", inherited, sizeof(inherited) - 1);
	add_dir("d");
	add_file("d/plain", "");
	tar_pax(&tar, "SCHILY.acl.access", access, sizeof(access) - 1);
	tar_add(&tar, (struct tar_entry){ .name = "f", .type = '0', .mode = 0640 });
	unpack_well();
	snprintf(path, sizeof(path), "/proc/self/fd/%d/f", root);
	assert_int_equal(getxattr(path, "system.posix_acl_access", value, sizeof(value)), 4 + 5 * 8);
	/* A user's entry is the second: tag 2, r, 4000. */
	assert_memory_equal(value + 4 + 8, "\x02\x00\x04\x00\xa0\x0f\x00\x00", 8);
	assert_int_equal(stat_of("f").st_mode & 0777, 0640);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/d", root);
	assert_int_equal(getxattr(path, "system.posix_acl_default", value, sizeof(value)), 4 + 5 * 8);
	/* What is in the directory has the mode of its entry, and no list that it inherited. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/d/plain", root);
	assert_int_equal(getxattr(path, "system.posix_acl_access", value, sizeof(value)), -1);
	assert_int_equal(stat_of("d/plain").st_mode & 0777, 0644);
}

static void test_access_list_names(void **state)
{
	static const char access[] = "user::rw-,user:somebody:r--,user:other:r--,group::r--,mask::r--,other::---";
	static const char once[] = "its access list has a name without a number";
	const char *warning;

	(void)state;
	need_root();
	tar_pax(&tar, "SCHILY.acl.access", access, sizeof(access) - 1);
	add_file("f", "");
	tar_pax(&tar, "SCHILY.acl.access", access, sizeof(access) - 1);
	add_file("g", "");
	assert_int_equal(unpack(), 0);
	warning = strstr(said, "warning: x.tar: 'f': its access list has a name without a number");
	assert_non_null(warning);
	assert_null(strstr(strstr(warning, once) + 1, once));
}

static void test_holes(void **state)
{
	struct stat st;

	struct strbuf records = STRBUF_INIT;
	char data[4];
	int fd;

	(void)state;
	need_root();
	/* pax 0.1: the map in a record, 4 bytes of data at 1 MiB of a file of 64 MiB. */
	tar_pax_record(&records, "GNU.sparse.size", "67108864", 8);
	tar_pax_record(&records, "GNU.sparse.numblocks", "1", 1);
	tar_pax_record(&records, "GNU.sparse.map", "1048576,4", 9);
	tar_add(&tar, (struct tar_entry){ .name = "pax", .type = 'x', .data = records.buf, .size = records.len });
	strbuf_done(&records);
	add_file("sparse", "data");
	unpack_well();
	st = stat_of("sparse");
	assert_int_equal(st.st_size, 67108864);
	assert_true(st.st_blocks < 1000);
	fd = openat(root, "sparse", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, data, 4, 1048576), 4);
	assert_memory_equal(data, "data", 4);
	close(fd);
}

static void test_hard_links(void **state)
{
	struct stat a;

	(void)state;
	need_root();
	tar_add(&tar, (struct tar_entry){ .name = "d/a", .type = '0', .mode = 04755, .uid = 42, .data = "text" });
	add_hard_link("b", "d/a");
	add_hard_link("./c", "/d//a");
	add_link("s", "d/a");
	add_hard_link("t", "s");
	add_hard_link("b", "d/a"); /* what is the same already */
	add_hard_link("d/a", "./d/a");
	unpack_well();
	a = stat_of("d/a");
	assert_int_equal(a.st_nlink, 3);
	assert_int_equal(a.st_uid, 42);
	assert_int_equal(a.st_mode & 07777, 04755);
	assert_int_equal(stat_of("b").st_ino, a.st_ino);
	assert_int_equal(stat_of("c").st_ino, a.st_ino);
	assert_link("t", "d/a"); /* the link itself, not what it leads to */
}

/* --- entries that come twice -------------------------------------------------------------- */

static void test_last_wins(void **state)
{
	(void)state;
	need_root();
	add_file("f", "one");
	add_file("f", "two");
	add_file("file-dir", "x");
	add_dir("file-dir");
	add_file("file-dir/in", "in");
	add_dir("dir-file");
	add_file("dir-file/in", "x");
	add_file("dir-file", "file");
	add_dir("dir-link/a/b");
	add_link("dir-link", "file-dir");
	add_link("link-dir", "file-dir");
	add_dir("link-dir");
	add_dir("kept");
	add_file("kept/in", "in");
	tar_add(&tar, (struct tar_entry){ .name = "kept", .type = '5', .mode = 0700 });
	add_link("link-file", "f");
	add_file("link-file", "new");
	unpack_well();
	assert_content("f", "two");
	assert_content("file-dir/in", "in");
	assert_content("dir-file", "file");
	assert_link("dir-link", "file-dir");
	assert_true(S_ISDIR(stat_of("link-dir").st_mode));
	assert_false(is_there("link-dir/in"));
	assert_content("kept/in", "in");
	assert_int_equal(stat_of("kept").st_mode & 0777, 0700);
	assert_content("link-file", "new");
}

/* As in the trees of distributions that merged /lib into /usr/lib. */
static void test_through_links(void **state)
{
	(void)state;
	need_root();
	add_dir("usr/lib");
	add_link("lib", "usr/lib");
	add_file("lib/one", "1");
	add_link("abs", "/usr/lib");
	add_file("abs/two", "2");
	add_link("up", "../../../usr/lib");
	add_file("up/three", "3");
	unpack_well();
	assert_content("usr/lib/one", "1");
	assert_content("usr/lib/two", "2");
	assert_content("usr/lib/three", "3");
}

/* The directory that was opened last is not the one of this name any more. */
static void test_parent_is_replaced(void **state)
{
	(void)state;
	need_root();
	add_dir("a/b");
	add_file("a/b/one", "1");
	add_link("a", "c");
	add_dir("c/b");
	add_file("a/b/two", "2");
	unpack_well();
	assert_content("c/b/two", "2");
	assert_false(is_there("c/b/one"));
	/* A path that led through what is replaced. */
	add_dir("d");
	add_link("d/up", "..");
	add_file("d/up/d", "x");
	add_file("d/up/e", "x");
	unpack_well();
	assert_content("d/up/d", "x");
	assert_content("d/up/e", "x");
	assert_false(is_there("e"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kinds),
		TEST(test_times),
		TEST(test_names),
		TEST(test_long_names),
		TEST(test_attributes),
		TEST(test_access_lists),
		TEST(test_access_list_names),
		TEST(test_holes),
		TEST(test_hard_links),
		TEST(test_last_wins),
		TEST(test_through_links),
		TEST(test_parent_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
