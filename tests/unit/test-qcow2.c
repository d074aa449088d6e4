/* SPDX-License-Identifier: MIT */
/* QCOW2 images made by hand, with clusters of 512 bytes: what is in them, and each lie that one can tell. */
#include "test.h"

#include <endian.h>
#include <sys/mman.h>

#include "base/fs.h"
#include "base/macro.h"
#include "disk/qcow2.h"

#define CLUSTER 512
#define COPIED (1ULL << 63)
#define COMPRESSED (1ULL << 62)
/* Where things are in image_new(). */
#define AT_L1 CLUSTER
#define AT_L2 (2 * CLUSTER)
#define AT_REFCOUNTS (3 * CLUSTER)
#define AT_DATA (4 * CLUSTER)
#define AT_PACKED (5 * CLUSTER)
#define FILE_SIZE (8 * CLUSTER)
#define DISK_SIZE (70 * CLUSTER) /* two L2 tables, the second one is not there */

struct image {
	unsigned char b[FILE_SIZE];
	size_t n;
};

static void put32(struct image *i, size_t at, uint32_t n)
{
	n = htobe32(n);
	memcpy(i->b + at, &n, sizeof(n));
}

static void put64(struct image *i, size_t at, uint64_t n)
{
	n = htobe64(n);
	memcpy(i->b + at, &n, sizeof(n));
}

/* Clusters: 0 'A's, 1 zeros by its bit, 3 'B's in deflate, all others none. */
static void image_new(struct image *i)
{
	/* A stored block: the last one, its length, the complement of it. */
	static const unsigned char stored[] = { 0x01, 0x00, 0x02, 0xff, 0xfd };

	memset(i, 0, sizeof(*i));
	i->n = FILE_SIZE;
	memcpy(i->b, QCOW2_MAGIC, 4);
	put32(i, 4, 3);
	put32(i, 20, 9);
	put64(i, 24, DISK_SIZE);
	put32(i, 36, 2);
	put64(i, 40, AT_L1);
	put64(i, 48, AT_REFCOUNTS);
	put32(i, 56, 1);
	put32(i, 96, 4);
	put32(i, 100, 104);
	put64(i, AT_L1, AT_L2 | COPIED);
	put64(i, AT_L2, AT_DATA | COPIED);
	put64(i, AT_L2 + 8, 1);
	/* x = 62 - (9 - 8): one more sector. */
	put64(i, AT_L2 + 24, COMPRESSED | 1ULL << 61 | (AT_PACKED + 100));
	memset(i->b + AT_DATA, 'A', CLUSTER);
	memcpy(i->b + AT_PACKED + 100, stored, sizeof(stored));
	memset(i->b + AT_PACKED + 100 + sizeof(stored), 'B', CLUSTER);
}

static int file_of(const struct image *i)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, i->b, i->n), 0);
	return fd;
}

static void assert_all(const char *p, size_t n, char c)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], c);
}

/* Read all of it; what went wrong, or NULL. */
static const char *wrong(const struct image *i)
{
	int fd = file_of(i);
	struct qcow2 *q = qcow2_new(fd);
	char buffer[CLUSTER];
	uint64_t start, end = 0;
	const char *text;

	while (qcow2_next_data(q, end, &start, &end) > 0 && end - start <= sizeof(buffer) &&
	       qcow2_read(q, start, buffer, end - start) == 0)
		;
	text = qcow2_wrong(q);
	qcow2_free(q);
	close(fd);
	return text;
}

static void assert_refused(const struct image *i, const char *why)
{
	const char *text = wrong(i);

	if (!text || !strstr(text, why))
		fail_msg("expected '%s', got '%s'", why, text ? text : "no failure");
}

static void test_data_and_holes(void **state)
{
	char buffer[DISK_SIZE];
	struct image i;
	struct qcow2 *q;
	uint64_t start, end;
	int fd;

	(void)state;
	image_new(&i);
	fd = file_of(&i);
	q = qcow2_new(fd);
	assert_null(qcow2_wrong(q));
	assert_false(qcow2_is_dirty(q));
	assert_int_equal(qcow2_size(q), DISK_SIZE);
	assert_int_equal(qcow2_next_data(q, 0, &start, &end), 1);
	assert_int_equal(start, 0);
	assert_int_equal(end, CLUSTER);
	assert_int_equal(qcow2_next_data(q, 100, &start, &end), 1);
	assert_int_equal(start, 100);
	assert_int_equal(qcow2_next_data(q, CLUSTER, &start, &end), 1);
	assert_int_equal(start, 3 * CLUSTER);
	assert_int_equal(end, 4 * CLUSTER);
	assert_int_equal(qcow2_next_data(q, end, &start, &end), 0);
	/* All at once, and over the ends of clusters. */
	memset(buffer, 'x', sizeof(buffer));
	assert_int_equal(qcow2_read(q, 0, buffer, sizeof(buffer)), 0);
	assert_all(buffer, CLUSTER, 'A');
	assert_all(buffer + CLUSTER, 2 * CLUSTER, 0);
	assert_all(buffer + 3 * CLUSTER, CLUSTER, 'B');
	assert_all(buffer + 4 * CLUSTER, DISK_SIZE - 4 * CLUSTER, 0);
	assert_int_equal(qcow2_read(q, 3 * CLUSTER - 5, buffer, 10), 0);
	assert_memory_equal(buffer, "\0\0\0\0\0BBBBB", 10);
	assert_int_equal(qcow2_read(q, DISK_SIZE - 1, buffer, 2), -1);
	assert_string_equal(qcow2_wrong(q), "a read beyond the end of the disk");
	qcow2_free(q);
	close(fd);
}

static void test_version_2(void **state)
{
	struct image i;

	(void)state;
	image_new(&i);
	put32(&i, 4, 2);
	memset(i.b + 72, 0xff, 40); /* no part of its header */
	assert_refused(&i, "its L2 table is damaged"); /* zeros by their bit came with version 3 */
	put64(&i, AT_L2 + 8, 0);
	assert_null(wrong(&i));
}

static void test_zstd(void **state)
{
	/* A frame of one segment of 512 bytes, one block: a byte that is repeated. */
	static const unsigned char frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x60, 0x00, 0x01, 0x03, 0x10, 0x00, 'Z' };
	char buffer[CLUSTER];
	struct image i;
	struct qcow2 *q;
	int fd;

	(void)state;
	image_new(&i);
	put64(&i, 72, 1 << 3);
	put32(&i, 100, 112);
	i.b[104] = 1;
	assert_refused(&i, "cannot be decompressed");
	memcpy(i.b + AT_PACKED + 100, frame, sizeof(frame));
	fd = file_of(&i);
	q = qcow2_new(fd);
	assert_int_equal(qcow2_read(q, 3 * CLUSTER, buffer, CLUSTER), 0);
	assert_all(buffer, CLUSTER, 'Z');
	qcow2_free(q);
	close(fd);
	i.b[AT_PACKED + 105] = 0x40; /* a smaller content than a cluster */
	assert_refused(&i, "cannot be decompressed");
}

/* A window that is larger than what QEMU makes is refused before there is memory for it. */
static void test_zstd_window(void **state)
{
	/* The same, with a descriptor of its window, which is 2^(10 + exponent) bytes. */
	unsigned char frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x00, 0x03, 0x10, 0x00, 'Z' };
	struct image i;

	(void)state;
	image_new(&i);
	put64(&i, 72, 1 << 3);
	put32(&i, 100, 112);
	i.b[104] = 1;
	for (unsigned log = 10; log <= 31; log++) {
		frame[5] = (unsigned char)((log - 10) << 3);
		memcpy(i.b + AT_PACKED + 100, frame, sizeof(frame));
		if (log <= 23)
			assert_null(wrong(&i));
		else
			assert_refused(&i, "cannot be decompressed");
	}
}

static void test_dirty(void **state)
{
	struct image i;
	struct qcow2 *q;
	int fd;

	(void)state;
	image_new(&i);
	put64(&i, 72, 1);
	fd = file_of(&i);
	q = qcow2_new(fd);
	assert_null(qcow2_wrong(q));
	assert_true(qcow2_is_dirty(q));
	qcow2_free(q);
	close(fd);
}

struct lie {
	size_t at;
	int bytes; /* 4 or 8 */
	uint64_t value;
	const char *why;
};

static const struct lie lies[] = {
	{ 0, 4, 0x51464900, "no QCOW2 image" },
	{ 4, 4, 1, "another version" },
	{ 4, 4, 4, "another version" },
	{ 8, 8, 200, "a backing file" },
	{ 20, 4, 8, "wrong size of clusters" },
	{ 20, 4, 22, "wrong size of clusters" },
	{ 20, 4, 73, "wrong size of clusters" },
	{ 20, 4, 0xffffffff, "wrong size of clusters" },
	{ 24, 8, 1ULL << 62, "larger than 16 TiB" },
	{ 24, 8, UINT64_MAX, "larger than 16 TiB" },
	{ 24, 8, 1ULL << 40, "L1 table is too short" },
	{ 32, 4, 1, "encrypted" },
	{ 32, 4, 2, "encrypted" },
	{ 36, 4, 1, "L1 table is too short" },
	{ 36, 4, 0xffffffff, "L1 table is too large" },
	{ 36, 4, 1000, "L1 table is not inside" },
	{ 36, 4, 65, "in one place" }, /* up to the L2 table */
	{ 40, 8, AT_L1 + 8, "not aligned" },
	{ 40, 8, FILE_SIZE, "L1 table is not inside" },
	{ 40, 8, UINT64_MAX - CLUSTER + 1, "L1 table is not inside" },
	{ 40, 8, 0, "in one place" },
	{ 40, 8, AT_L2, "L2 table is damaged" },
	{ 48, 8, AT_L1, "in one place" },
	{ 48, 8, 1ULL << 62, "reference counts" },
	{ 56, 4, 0xffffffff, "reference counts" },
	{ 72, 8, 1 << 1, "marked as corrupt" },
	{ 72, 8, 1 << 2, "data are in another file" },
	{ 72, 8, 1 << 3, "compressed in a way" },
	{ 72, 8, 1 << 4, "extended L2" },
	{ 72, 8, 1 << 5, "features that are not known" },
	{ 72, 8, 1ULL << 63, "features that are not known" },
	{ 96, 4, 7, "reference counts" },
	{ 100, 4, 72, "wrong length" },
	{ 100, 4, 105, "wrong length" },
	{ 100, 4, 0xfffffff8, "wrong length" },
	{ AT_L1, 8, AT_L2 | 1, "L1 table is damaged" },
	{ AT_L1, 8, AT_L2 + 512 * 1024, "L2 table that is not inside" },
	{ AT_L1, 8, AT_L1, "in one place" }, /* a circle */
	{ AT_L1, 8, COPIED | AT_DATA, "L2 table is damaged" },
	{ AT_L1 + 8, 8, AT_L2, "in one place" }, /* one L2 table twice */
	{ AT_L1 + 8, 8, 0x00fffffffffffe00, "L2 table that is not inside" },
	{ AT_L2, 8, AT_L2, "in one place" },
	{ AT_L2, 8, AT_L1, "in one place" },
	{ AT_L2, 8, AT_DATA | 2, "L2 table is damaged" },
	{ AT_L2, 8, AT_DATA | 1ULL << 60, "L2 table is damaged" },
	{ AT_L2, 8, FILE_SIZE, "a cluster that is not inside" },
	{ AT_L2, 8, 0x00fffffffffffe00, "a cluster that is not inside" },
	{ AT_L2, 8, AT_PACKED, "in one place" }, /* with a compressed one */
	{ AT_L2 + 8, 8, AT_DATA, "in one place" }, /* one cluster twice */
	{ AT_L2 + 8, 8, AT_DATA | 1, "in one place" },
	{ AT_L2 + 32, 8, AT_PACKED, "in one place" },
	{ AT_L2 + 24, 8, COMPRESSED | 100, "compressed cluster that is not inside" },
	{ AT_L2 + 24, 8, COMPRESSED | FILE_SIZE, "compressed cluster that is not inside" },
	{ AT_L2 + 24, 8, COMPRESSED | ((1ULL << 61) - 1), "compressed cluster that is not inside" },
	{ AT_L2 + 24, 8, COMPRESSED | COPIED | (AT_PACKED + 100), "compressed cluster" },
	{ AT_L2 + 24, 8, COMPRESSED | (AT_L2 + 8), "in one place" },
	{ AT_L2 + 24, 8, COMPRESSED | (AT_PACKED + 100), "cannot be decompressed" }, /* a sector less */
	{ AT_PACKED + 100, 4, 0x07070707, "cannot be decompressed" },
};

static void test_lies(void **state)
{
	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(lies); n++) {
		struct image i;

		image_new(&i);
		if (lies[n].bytes == 4)
			put32(&i, lies[n].at, (uint32_t)lies[n].value);
		else
			put64(&i, lies[n].at, lies[n].value);
		assert_refused(&i, lies[n].why);
	}
}

static void test_cut_short(void **state)
{
	struct image i;

	(void)state;
	image_new(&i);
	/* The last sector of a compressed cluster, and the end of the last cluster, need not be there. */
	i.n = AT_PACKED + 100 + 5 + CLUSTER;
	assert_null(wrong(&i));
	for (i.n = 0; i.n < AT_PACKED + 100 + 5 + CLUSTER - 1; i.n++)
		assert_non_null(wrong(&i));
}

/* Compressed clusters may share a cluster of the file: they are packed end to end. */
static void test_compressed_neighbours(void **state)
{
	/* A block of fixed codes: one byte, then it again and again; zlib made it. */
	static const unsigned char repeated[] = { 0x73, 0x71, 0x19, 0x05, 0x23, 0x19, 0x00, 0x00 };
	char buffer[2 * CLUSTER];
	struct image i;
	struct qcow2 *q;
	int fd;

	(void)state;
	image_new(&i);
	put64(&i, AT_L2 + 32, COMPRESSED | 1ULL << 61 | (AT_PACKED + 10));
	memcpy(i.b + AT_PACKED + 10, repeated, sizeof(repeated));
	assert_null(wrong(&i));
	fd = file_of(&i);
	q = qcow2_new(fd);
	assert_int_equal(qcow2_read(q, 3 * CLUSTER, buffer, 2 * CLUSTER), 0);
	assert_all(buffer, CLUSTER, 'B');
	assert_all(buffer + CLUSTER, CLUSTER, 'D');
	qcow2_free(q);
	close(fd);
}

/* What the masks let through when clusters are larger than sectors. */
static void test_alignment(void **state)
{
	struct image i;

	(void)state;
	image_new(&i);
	put32(&i, 20, 10);
	put64(&i, 40, 1024);
	put64(&i, 48, 3072);
	memset(i.b + 512, 0, FILE_SIZE - 512);
	put64(&i, 1024, 2048);
	assert_null(wrong(&i));
	put64(&i, 2048, 3584);
	assert_refused(&i, "a cluster that is not aligned");
	put64(&i, 1024, 2560);
	assert_refused(&i, "an L2 table that is not aligned");
	put64(&i, 48, 3584);
	assert_refused(&i, "a table that is not aligned");
}

/* The disk need not end with a cluster. */
static void test_end(void **state)
{
	uint64_t start, end;
	struct image i;
	struct qcow2 *q;
	int fd;

	(void)state;
	image_new(&i);
	put64(&i, 24, 3 * CLUSTER + 100);
	fd = file_of(&i);
	q = qcow2_new(fd);
	assert_int_equal(qcow2_next_data(q, CLUSTER, &start, &end), 1);
	assert_int_equal(end, 3 * CLUSTER + 100);
	qcow2_free(q);
	close(fd);
}

/* A file that changes after it was checked. */
static void test_changed(void **state)
{
	struct image i;
	struct qcow2 *q;
	char buffer[CLUSTER];
	int fd;

	(void)state;
	image_new(&i);
	fd = file_of(&i);
	q = qcow2_new(fd);
	assert_null(qcow2_wrong(q));
	assert_int_equal(ftruncate(fd, AT_DATA + 10), 0);
	assert_int_equal(qcow2_read(q, 0, buffer, CLUSTER), -1);
	assert_non_null(strstr(qcow2_wrong(q), "shorter"));
	assert_int_equal(qcow2_next_data(q, 0, &(uint64_t){ 0 }, &(uint64_t){ 0 }), -1);
	qcow2_free(q);
	close(fd);
}

/* What is remembered of each cluster of the file is bounded, however many holes it has. */
static void test_large_file(void **state)
{
	struct image i;
	struct qcow2 *q;
	int fd;

	(void)state;
	image_new(&i);
	fd = file_of(&i);
	assert_int_equal(ftruncate(fd, (off_t)CLUSTER << 28), 0);
	q = qcow2_new(fd);
	assert_string_equal(qcow2_wrong(q), "the file is too large for clusters that small");
	qcow2_free(q);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_and_holes), cmocka_unit_test(test_version_2),
		cmocka_unit_test(test_zstd),	       cmocka_unit_test(test_dirty),
		cmocka_unit_test(test_lies),	       cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_changed),	       cmocka_unit_test(test_compressed_neighbours),
		cmocka_unit_test(test_alignment),      cmocka_unit_test(test_end),
		cmocka_unit_test(test_zstd_window),    cmocka_unit_test(test_large_file),
	};

	if (qcow2_load() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
