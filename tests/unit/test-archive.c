/* SPDX-License-Identifier: MIT */
/* Tarballs that are true, and those that are made to break out, to lie or to exhaust. */
#include "test.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/fs.h"
#include "layer/archive.h"
#include "tar.h"

static char dir_path[300], root_path[320], outside_path[320];
static int dir, root;
static struct strbuf tar;
static const char *said;

static int setup(void **state)
{
	(void)state;
	dir = test_dir(dir_path, sizeof(dir_path));
	snprintf(root_path, sizeof(root_path), "%s/root", dir_path);
	snprintf(outside_path, sizeof(outside_path), "%s/outside", dir_path);
	assert_int_equal(mkdirat(dir, "root", 0755), 0);
	assert_int_equal(mkdirat(dir, "outside", 0755), 0);
	root = openat(dir, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	strbuf_done(&tar);
	close(root);
	close(dir);
	return rmtree_at(AT_FDCWD, dir_path);
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("needs root: owners and devices\n");
	skip();
}

/* Unpack the bytes of tar, as they are. */
static int unpack_bytes(void)
{
	int fd = memfd_create("tar", MFD_CLOEXEC), r;
	struct capture c;

	assert_int_equal(write_all(fd, tar.buf, tar.len), 0);
	lseek(fd, 0, SEEK_SET);
	c = capture_start(stderr);
	r = archive_unpack(fd, root, "x.tar");
	said = capture_end(&c);
	close(fd);
	strbuf_clear(&tar);
	return r;
}

static int unpack(void)
{
	tar_end(&tar);
	return unpack_bytes();
}

static void unpack_well(void)
{
	int r = unpack();

	if (r < 0)
		print_error("%s", said);
	assert_int_equal(r, 0);
	assert_string_equal(said, "");
}

/* It fails, the message has the text in it, and nothing outside the root was touched. */
static void refused(const char *text)
{
	assert_true(unpack() < 0);
	if (!strstr(said, text))
		print_error("'%s' is not in: %s", text, said);
	assert_non_null(strstr(said, text));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	assert_int_equal(unlinkat(dir, "outside", AT_REMOVEDIR), 0);
	assert_int_equal(mkdirat(dir, "outside", 0755), 0);
}

static struct stat stat_of(const char *path)
{
	struct stat st = { 0 };

	assert_int_equal(fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void assert_content(const char *path, const char *text)
{
	char *got = NULL;

	assert_int_equal(read_file_at(root, path, 1 << 20, &got), 0);
	assert_string_equal(got, text);
	free(got);
}

static void assert_link(const char *path, const char *target)
{
	char got[256] = "";

	assert_true(readlinkat(root, path, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, target);
}

static bool is_there(const char *path)
{
	return exists_at(root, path);
}

static void add_dir(const char *name)
{
	tar_add(&tar, (struct tar_entry){ .name = name, .type = '5', .mode = 0755 });
}

static void add_file(const char *name, const char *text)
{
	tar_add(&tar, (struct tar_entry){ .name = name, .type = '0', .mode = 0644, .data = text });
}

static void add_link(const char *name, const char *target)
{
	tar_add(&tar, (struct tar_entry){ .name = name, .link = target, .type = '2', .mode = 0777 });
}

static void add_hard_link(const char *name, const char *target)
{
	tar_add(&tar, (struct tar_entry){ .name = name, .link = target, .type = '1', .mode = 0600, .uid = 7 });
}

/* --- what is true stays true -------------------------------------------------------------- */

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

/* --- out of the root ---------------------------------------------------------------------- */

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

static void test_whiteout_device(void **state)
{
	(void)state;
	need_root();
	tar_add(&tar, (struct tar_entry){ .name = "gone", .type = '3', .mode = 0644 });
	refused("0:0");
	assert_false(is_there("gone"));
}

static void test_owners(void **state)
{
	static const uint64_t wrong[] = { UINT32_MAX, (uint64_t)UINT32_MAX + 1, UINT64_C(1) << 40 };

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		tar_add(&tar, (struct tar_entry){ .name = "f", .type = '0', .mode = 0644, .uid = wrong[i] });
		refused("out of range");
		tar_add(&tar, (struct tar_entry){ .name = "f", .type = '0', .mode = 0644, .gid = wrong[i] });
		refused("out of range");
	}
	tar_add(&tar, (struct tar_entry){ .name = "f", .type = '0', .mode = 0644, .uid = UINT32_MAX - 1 });
	unpack_well();
	assert_int_equal(stat_of("f").st_uid, UINT32_MAX - 1);
}

/* --- damage ------------------------------------------------------------------------------- */

/* However much of a good tarball is missing, it is not taken for one. */
static void test_truncated(void **state)
{
	(void)state;
	need_root();
	for (size_t length = 0; length < 6 * TAR_BLOCK; length += 64) {
		add_file("a", "first");
		tar_pax(&tar, "mtime", "1.5", 3);
		add_file("b", "second");
		assert_int_equal(tar.len, 6 * TAR_BLOCK);
		tar.len = length;
		assert_true(unpack_bytes() < 0);
		assert_non_null(strstr(said, length ? "cut short" : "empty"));
	}
	/* One block of zeros is an end. */
	add_file("a", "first");
	tar_end(&tar);
	tar.len -= TAR_BLOCK;
	assert_int_equal(unpack_bytes(), 0);
}

static void test_bad_headers(void **state)
{
	(void)state;
	need_root();
	add_file("a", "x");
	tar.buf[0] = 'b'; /* the checksum does not know */
	refused("damaged");

	add_file("a", "x");
	add_file("b", "x");
	tar.buf[2 * TAR_BLOCK] = 'c';
	refused("damaged");

	strbuf_add_str(&tar, "this is some text and no tarball at all");
	refused("no tarball");

	tar_header(&tar, &(struct tar_entry){ .name = "negative", .type = '0' }, (uint64_t)-1);
	refused("damaged");

	tar_header(&tar, &(struct tar_entry){ .name = "huge", .type = '0' }, UINT64_C(1) << 62);
	refused("cut short");
}

static void test_pax_headers(void **state)
{
	static const char *const records[] = { "999 path=x\n",	"5 a=b",	  "0 a=b\n", "-3 a=b\n",
					       "nonsense",	"99999999999 a=b\n" };

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		tar_add(&tar, (struct tar_entry){ .name = "pax", .type = 'x', .data = records[i] });
		add_file("a", "x");
		refused("damaged");
	}
	/* The size of a pax header counts, not that of the header behind it. */
	tar_pax(&tar, "size", "4", 1);
	tar_header(&tar, &(struct tar_entry){ .name = "f", .type = '0', .mode = 0644 }, 0);
	strbuf_add_str(&tar, "data");
	tar_pad(&tar);
	add_file("next", "n");
	unpack_well();
	assert_content("f", "data");
	assert_content("next", "n");

	tar_header(&tar, &(struct tar_entry){ .name = "long", .type = 'L' }, UINT64_C(4) << 30);
	refused("damaged");
	tar_header(&tar, &(struct tar_entry){ .name = "pax", .type = 'x' }, UINT64_C(1) << 40);
	refused("damaged");
}

static void test_large_attribute(void **state)
{
	char *value = malloc(70000);

	(void)state;
	need_root();
	memset(value, 'v', 70000);
	tar_pax(&tar, "SCHILY.xattr.user.large", value, 70000);
	add_file("a", "x");
	refused("user.large");
	/* Of a link, "user." ones are left out: there are none on links. */
	tar_pax(&tar, "SCHILY.xattr.user.x", "y", 1);
	add_link("l", "x");
	free(value);
	unpack_well();
}

static void test_what_follows(void **state)
{
	(void)state;
	need_root();
	add_file("a", "first");
	tar_end(&tar);
	for (int i = 0; i < 100; i++)
		tar_end(&tar);
	unpack_well();

	add_file("a", "first");
	tar_end(&tar);
	add_file("b", "second");
	assert_int_equal(unpack(), 0);
	assert_non_null(strstr(said, "what follows the end"));
	assert_content("a", "first");
	assert_false(is_there("b"));
}

static void test_beyond_all_sizes(void **state)
{
	struct strbuf records = STRBUF_INIT;

	(void)state;
	need_root();
	/* A hole takes no space, but a file system has its limit. */
	tar_pax_record(&records, "GNU.sparse.size", "9223372036854775807", 19);
	tar_pax_record(&records, "GNU.sparse.numblocks", "0", 1);
	tar_pax_record(&records, "GNU.sparse.map", "", 0);
	tar_add(&tar, (struct tar_entry){ .name = "pax", .type = 'x', .data = records.buf, .size = records.len });
	strbuf_done(&records);
	add_file("sparse", "");
	assert_true(unpack() < 0);
}

static void test_access_list_names(void **state)
{
	static const char access[] = "user::rw-,user:somebody:r--,group::r--,mask::r--,other::---";

	(void)state;
	need_root();
	tar_pax(&tar, "SCHILY.acl.access", access, sizeof(access) - 1);
	add_file("f", "");
	assert_int_equal(unpack(), 0);
	assert_non_null(strstr(said, "warning: x.tar: 'f': its access list has a name without a number"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
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
		TEST(test_dot_dot),
		TEST(test_absolute),
		TEST(test_links_out),
		TEST(test_hard_links_out),
		TEST(test_top),
		TEST(test_whiteout_device),
		TEST(test_owners),
		TEST(test_truncated),
		TEST(test_bad_headers),
		TEST(test_pax_headers),
		TEST(test_large_attribute),
		TEST(test_what_follows),
		TEST(test_beyond_all_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
