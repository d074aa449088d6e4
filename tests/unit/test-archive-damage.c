/* SPDX-License-Identifier: MIT */
/* Tarballs that are damaged or lie. */
#include "archivetest.h"

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
	/* A NUL in a name. */
	tar_pax(&tar, "SCHILY.xattr.user.a@b", "y", 1);
	*(char *)memchr(tar.buf, '@', tar.len) = '\0';
	add_file("a", "x");
	refused("damaged");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
