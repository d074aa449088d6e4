/* SPDX-License-Identifier: MIT */
/* Partition tables made by hand, and each lie that one can tell; and which file system a range holds. */
#include "test.h"

#include <errno.h>

#include "base/fs.h"
#include "base/macro.h"
#include "disk/filesystem.h"
#include "disk/partition.h"

#define SECTORS 2048
#define DISK (SECTORS * 512)

struct disk {
	unsigned char *b;
};

static void put(struct disk *d, size_t at, uint64_t n, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		d->b[at + i] = (unsigned char)(n >> (8 * i));
}

static void disk_new(struct disk *d)
{
	d->b = calloc(1, DISK);
	assert_non_null(d->b);
}

static void disk_free(struct disk *d)
{
	free(d->b);
}

static int read_table(struct disk *d, struct partition_table *t)
{
	FILE *f = tmpfile();
	int r;

	assert_non_null(f);
	assert_int_equal(write_all(fileno(f), d->b, DISK), 0);
	r = partition_read(fileno(f), DISK, t);
	fclose(f);
	return r;
}

static void assert_refused(struct disk *d, const char *why)
{
	struct partition_table t;
	int r = read_table(d, &t);

	if (r != -EBADMSG || !t.wrong || !strstr(t.wrong, why) || t.n != 0)
		fail_msg("expected '%s', got %d '%s'", why, r, t.wrong ? t.wrong : "");
	partition_table_done(&t);
}

/* --- MBR ---------------------------------------------------------------------------------- */

static void mbr(struct disk *d, size_t sector, int entry, unsigned type, uint32_t first, uint32_t n)
{
	size_t at = sector * 512;

	put(d, at + 510, 0xaa55, 2);
	put(d, at + 446 + 16 * (size_t)entry + 4, type, 1);
	put(d, at + 446 + 16 * (size_t)entry + 8, first, 4);
	put(d, at + 446 + 16 * (size_t)entry + 12, n, 4);
}

static void test_nothing(void **state)
{
	struct partition_table t;
	struct disk d;

	(void)state;
	disk_new(&d);
	assert_int_equal(read_table(&d, &t), 0);
	assert_int_equal(t.kind, PARTITION_NONE);
	put(&d, 510, 0xaa55, 2); /* a boot sector */
	assert_int_equal(read_table(&d, &t), 0);
	assert_int_equal(t.kind, PARTITION_NONE);
	disk_free(&d);
}

static void test_mbr(void **state)
{
	struct partition_table t;
	struct disk d;

	(void)state;
	disk_new(&d);
	mbr(&d, 0, 0, 0x83, 100, 50);
	mbr(&d, 0, 2, 0x05, 1000, 500);
	mbr(&d, 1000, 0, 0x83, 1, 99);
	mbr(&d, 1000, 1, 0x05, 100, 200);
	mbr(&d, 1100, 0, 0x82, 1, 149);
	mbr(&d, 1100, 1, 0x05, 250, 50);
	mbr(&d, 1250, 0, 0x83, 1, 49);
	assert_int_equal(read_table(&d, &t), 0);
	assert_int_equal(t.kind, PARTITION_MBR);
	assert_int_equal(t.n, 4);
	assert_int_equal(t.partitions[3].offset, 1251 * 512);
	assert_int_equal(t.partitions[0].number, 1);
	assert_int_equal(t.partitions[0].offset, 100 * 512);
	assert_int_equal(t.partitions[0].size, 50 * 512);
	assert_string_equal(t.partitions[0].type, "83");
	assert_false(partition_is_root(&t.partitions[0]));
	assert_int_equal(t.partitions[1].number, 5);
	assert_int_equal(t.partitions[1].offset, 1001 * 512);
	assert_int_equal(t.partitions[2].number, 6);
	assert_int_equal(t.partitions[2].offset, 1101 * 512);
	assert_string_equal(t.partitions[2].type, "82");
	partition_table_done(&t);
	disk_free(&d);
}

static void test_mbr_lies(void **state)
{
	static const struct {
		int entry;
		unsigned type;
		uint32_t first, n;
		const char *why;
	} lies[] = {
		{ 1, 0x83, 2000, 49, "not inside of the disk" },
		{ 1, 0x83, 0xffffffff, 0xffffffff, "not inside of the disk" },
		{ 1, 0x83, 0, 10, "begins with the table" },
		{ 1, 0x83, 200, 0, "empty" },
		{ 1, 0x83, 149, 10, "overlap" },
		{ 1, 0x83, 90, 11, "overlap" },
		{ 1, 0x83, 120, 1, "overlap" },
		{ 1, 0x05, 3000, 10, "extended partition is damaged" }, /* beyond the end */
		{ 1, 0x0f, 700, 10, "extended partition is damaged" },	/* nothing there */
		{ 1, 0xee, 1, 2047, "neither it nor its backup" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		struct disk d;

		disk_new(&d);
		mbr(&d, 0, 0, 0x83, 100, 50);
		mbr(&d, 0, lies[i].entry, lies[i].type, lies[i].first, lies[i].n);
		assert_refused(&d, lies[i].why);
		disk_free(&d);
	}
}

static void test_mbr_chains(void **state)
{
	struct disk d;

	(void)state;
	/* A circle, of logical partitions and of none. */
	disk_new(&d);
	mbr(&d, 0, 0, 0x05, 1000, 500);
	mbr(&d, 1000, 0, 0x83, 1, 9);
	mbr(&d, 1000, 1, 0x05, 0, 10);
	assert_refused(&d, "too many partitions");
	mbr(&d, 1000, 0, 0, 0, 0);
	assert_refused(&d, "too many partitions");
	/* Two chains. */
	mbr(&d, 1000, 1, 0, 0, 0);
	mbr(&d, 0, 1, 0x0f, 1500, 100);
	assert_refused(&d, "two extended");
	/* A flag that is none. */
	put(&d, 446, 0x12, 1);
	assert_refused(&d, "damaged");
	disk_free(&d);
}

/* --- GPT ---------------------------------------------------------------------------------- */

static uint32_t crc(const unsigned char *p, size_t n)
{
	uint32_t c = 0xffffffff;

	for (; n > 0; n--, p++) {
		for (int bit = 0; bit < 8; bit++) {
			uint32_t mix = (c ^ (uint32_t)(*p >> bit)) & 1;

			c = (c >> 1) ^ (mix ? 0xedb88320 : 0);
		}
	}
	return c ^ 0xffffffff;
}

#define N_ENTRIES 8

/* Give the header at lba its checksums; its entries are in the sectors that entries says. */
static void seal(struct disk *d, uint64_t lba, uint64_t entries, size_t sector)
{
	size_t at = lba * sector;

	put(d, at + 88, crc(d->b + entries * sector, N_ENTRIES * 128), 4);
	put(d, at + 16, 0, 4);
	put(d, at + 16, crc(d->b + at, 92), 4);
}

static void gpt_header(struct disk *d, uint64_t lba, uint64_t entries, size_t sector)
{
	size_t at = lba * sector;

	memcpy(d->b + at, "EFI PART", 8);
	put(d, at + 8, 0x10000, 4);
	put(d, at + 12, 92, 4);
	put(d, at + 24, lba, 8);
	put(d, at + 72, entries, 8);
	put(d, at + 80, N_ENTRIES, 4);
	put(d, at + 84, 128, 4);
	seal(d, lba, entries, sector);
}

/* A root of x86-64, as the bytes of its GUID are on the disk. */
static const unsigned char root_x86_64[16] = { 0xe3, 0xbc, 0x68, 0x4f, 0xcd, 0xe8, 0xb1, 0x4d,
					       0x96, 0xe7, 0xfb, 0xca, 0xf9, 0x84, 0xb7, 0x09 };

static void gpt_entry(struct disk *d, uint64_t entries, size_t sector, size_t i, uint64_t first,
		      uint64_t last)
{
	size_t at = entries * sector + i * 128;

	memcpy(d->b + at, root_x86_64, 16);
	put(d, at + 32, first, 8);
	put(d, at + 40, last, 8);
}

/* Both headers, and partitions 1 and 3. */
static void gpt_new(struct disk *d, size_t sector)
{
	uint64_t last = DISK / sector - 1;

	disk_new(d);
	mbr(d, 0, 0, 0xee, 1, SECTORS - 1);
	for (int i = 0; i < 2; i++) {
		uint64_t lba = i ? last : 1, entries = i ? last - 4 : 2;

		gpt_entry(d, entries, sector, 0, 40, 49);
		gpt_entry(d, entries, sector, 2, 50, 59);
		gpt_header(d, lba, entries, sector);
	}
}

static void assert_gpt(struct disk *d, size_t sector)
{
	struct partition_table t;

	assert_int_equal(read_table(d, &t), 0);
	assert_int_equal(t.kind, PARTITION_GPT);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.partitions[0].number, 1);
	assert_int_equal(t.partitions[0].offset, 40 * sector);
	assert_int_equal(t.partitions[0].size, 10 * sector);
	assert_string_equal(t.partitions[0].type, "4f68bce3-e8cd-4db1-96e7-fbcaf984b709");
#ifdef __x86_64__
	assert_true(partition_is_root(&t.partitions[0]));
#endif
	assert_int_equal(t.partitions[1].number, 3);
	partition_table_done(&t);
}

static void test_gpt(void **state)
{
	static const size_t sectors[] = { 512, 4096 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sectors); i++) {
		size_t sector = sectors[i];
		struct disk d;

		gpt_new(&d, sector);
		assert_gpt(&d, sector);
		/* The backup serves when the header is damaged, or the entries are, or neither is there. */
		put(&d, sector + 80, N_ENTRIES / 2, 4);
		put(&d, sector + 84, 256, 4); /* the same bytes, so that only the header's checksum is wrong */
		assert_gpt(&d, sector);
		put(&d, sector + 80, N_ENTRIES, 4);
		put(&d, sector + 84, 128, 4);
		d.b[2 * sector] ^= 1;
		assert_gpt(&d, sector);
		memset(d.b + sector, 0, 2 * sector);
		assert_gpt(&d, sector);
		/* So does the first without the backup. */
		disk_free(&d);
		gpt_new(&d, sector);
		memset(d.b + DISK - sector, 0, sector);
		assert_gpt(&d, sector);
		memset(d.b + sector, 0, sector);
		assert_refused(&d, "neither it nor its backup");
		disk_free(&d);
	}
}

static void test_gpt_lies(void **state)
{
	static const struct {
		size_t at, bytes;
		uint64_t value;
		const char *why;
	} lies[] = {
		{ 1024 + 40, 8, 39, "ends before it begins" },
		{ 1024 + 40, 8, 50, "overlap" },
		{ 1024 + 40, 8, 2048, "not inside of the disk" },
		{ 1024 + 40, 8, UINT64_MAX, "not inside of the disk" },
		{ 1024 + 32, 8, 0, "begins with the table" },
		{ 1024 + 256 + 32, 8, 45, "overlap" },
		{ 1024 + 256 + 32, 8, UINT64_MAX, "ends before" },
		{ 512 + 80, 4, 0xffffffff, "of a size" },
		{ 512 + 84, 4, 0, "of a size" },
		{ 512 + 84, 4, 64, "of a size" },
		{ 512 + 84, 4, 1 << 20, "of a size" },
		{ 512 + 84, 4, 132, "of a size" },
		{ 512 + 84, 4, 8192, "of a size" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		struct disk d;

		gpt_new(&d, 512);
		put(&d, lies[i].at, lies[i].value, lies[i].bytes);
		seal(&d, 1, 2, 512);
		assert_refused(&d, lies[i].why);
		disk_free(&d);
	}
}

static void test_gpt_bad_headers(void **state)
{
	static const struct {
		size_t at, bytes;
		uint64_t value;
	} lies[] = {
		{ 512 + 12, 4, 91 }, { 512 + 12, 4, 513 }, { 512 + 12, 4, 0xffffffff }, { 512 + 24, 8, 2 },
		{ 512 + 72, 8, UINT64_MAX / 512 }, { 512 + 72, 8, 1ULL << 55 | 2 }, { 512 + 72, 8, SECTORS - 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		struct disk d;

		gpt_new(&d, 512);
		put(&d, lies[i].at, lies[i].value, lies[i].bytes);
		put(&d, 512 + 16, 0, 4);
		put(&d, 512 + 16, crc(d.b + 512, 92), 4);
		assert_gpt(&d, 512); /* by the backup */
		memset(d.b + DISK - 512, 0, 512);
		assert_refused(&d, "neither it nor its backup");
		disk_free(&d);
	}
}

/* --- file systems ------------------------------------------------------------------------- */

static void assert_probe(const unsigned char *head, uint64_t size, const char *text, bool cut_short)
{
	struct filesystem fs;

	assert_true(filesystem_probe(head, FILESYSTEM_HEAD, size, &fs));
	assert_string_equal(fs.text, text);
	assert_int_equal(fs.is_cut_short, cut_short);
}

static void test_filesystems(void **state)
{
	static const struct {
		size_t at;
		const char *magic;
		const char *text;
	} others[] = {
		{ 0, "LUKS\xba\xbe", "encrypted (LUKS)" },  { 536, "LVM2 001", "a volume of LVM" },
		{ 4086, "SWAPSPACE2", "swap" },		    { 82, "FAT32   ", "FAT" },
		{ 3, "NTFS    ", "NTFS" },		    { 32769, "CD001", "ISO 9660" },
		{ 4096, "\xfc\x4e\x2b\xa9", "a part of a RAID" },
	};
	unsigned char *head = calloc(1, FILESYSTEM_HEAD);
	struct filesystem fs;

	(void)state;
	assert_non_null(head);
	assert_false(filesystem_probe(head, FILESYSTEM_HEAD, 1 << 20, &fs));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		memset(head, 0, FILESYSTEM_HEAD);
		memcpy(head + others[i].at, others[i].magic, strlen(others[i].magic));
		assert_probe(head, 1 << 20, others[i].text, false);
		assert_true(filesystem_probe(head, FILESYSTEM_HEAD, 1 << 20, &fs) && !fs.driver);
		/* The magic number is not all there. */
		assert_false(filesystem_probe(head, others[i].at + strlen(others[i].magic) - 1, 1 << 20, &fs));
	}
	free(head);
}

static void test_sizes(void **state)
{
	unsigned char *head = calloc(1, FILESYSTEM_HEAD);
	struct disk d = { head };
	struct filesystem fs;

	(void)state;
	assert_non_null(head);
	put(&d, 1024 + 56, 0xef53, 2);
	assert_false(filesystem_probe(head, FILESYSTEM_HEAD, 1 << 20, &fs)); /* two bytes are no ext4 */
	put(&d, 1024, 10, 4);
	put(&d, 1024 + 4, 100, 4);
	put(&d, 1024 + 0x28, 10, 4);
	assert_probe(head, 100 * 1024, "ext4", false);
	assert_probe(head, 100 * 1024 - 1, "ext4", true);
	put(&d, 1024 + 0x18, 6, 4);
	assert_probe(head, 100 * 65536 - 1, "ext4", true);
	put(&d, 1024 + 0x4c, 1, 4);
	put(&d, 1024 + 0x60, 0x80, 4);
	put(&d, 1024 + 0x150, 0xffffffff, 4); /* more than 64 bits of bytes */
	assert_probe(head, UINT64_MAX - 1, "ext4", true);
	put(&d, 1024 + 0x18, 7, 4); /* blocks of 128 KiB */
	assert_false(filesystem_probe(head, FILESYSTEM_HEAD, 1 << 20, &fs));
	put(&d, 1024 + 0x18, 0, 4);
	assert_false(filesystem_probe(head, 2047, 1 << 20, &fs));
	/* A file system inside of what encloses it. */
	memcpy(head, "LUKS\xba\xbe", 6);
	assert_probe(head, 1 << 20, "encrypted (LUKS)", false);
	memset(head, 0, FILESYSTEM_HEAD);
	memcpy(head, "XFSB\0\0\x10\0\0\0\0\0\0\0\0\x02", 16);
	assert_probe(head, 8192, "xfs", false);
	assert_probe(head, 8191, "xfs", true);
	memset(head, 0, FILESYSTEM_HEAD);
	memcpy(head + 65600, "_BHRfS_M", 8);
	put(&d, 65536 + 0x70, 1 << 20, 8);
	put(&d, 65536 + 0x88, 1, 8);
	assert_probe(head, 1 << 20, "btrfs", false);
	assert_probe(head, (1 << 20) - 1, "btrfs", true);
	free(head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),	      cmocka_unit_test(test_mbr),
		cmocka_unit_test(test_mbr_lies),      cmocka_unit_test(test_mbr_chains),
		cmocka_unit_test(test_gpt),	      cmocka_unit_test(test_gpt_lies),
		cmocka_unit_test(test_gpt_bad_headers), cmocka_unit_test(test_filesystems),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
