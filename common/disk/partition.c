/* SPDX-License-Identifier: MIT */
#include "disk/partition.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/endian.h"
#include "base/fs.h"
#include "base/macro.h"

#define SECTOR 512
#define GPT_HEADER_MIN 92
#define GPT_ENTRY_MIN 128
#define GPT_ENTRY_MAX 4096
#define GPT_ENTRIES_BYTES_MAX (1024 * 1024)
#define MBR_TYPE_EXTENDED 0x05
#define MBR_TYPE_EXTENDED_LBA 0x0f
#define MBR_TYPE_EXTENDED_LINUX 0x85
#define MBR_TYPE_PROTECTIVE 0xee
#define LOGICAL_MAX 60

struct disk_range {
	int fd;
	uint64_t size;
};

static int bad(struct partition_table *t, const char *wrong)
{
	t->wrong = wrong;
	return -EBADMSG;
}

/* -ENODATA when the disk ends before. */
static int read_at(const struct disk_range *d, uint64_t offset, void *buffer, size_t n)
{
	ssize_t got;

	if (offset > d->size || n > d->size - offset)
		return -ENODATA;
	got = pread_all(d->fd, buffer, n, offset);
	if (got < 0)
		return (int)got;
	return (size_t)got < n ? -ENODATA : 0;
}

/* A partition from first, n sectors. */
static int add(struct partition_table *t, const struct disk_range *d, unsigned number,
	       uint64_t first, uint64_t n, uint64_t sector)
{
	struct partition *p;

	if (t->n == PARTITIONS_MAX)
		return bad(t, "it has too many partitions");
	if (n == 0 || first == 0)
		return bad(t, "a partition is empty, or begins with the table");
	if (first > d->size / sector || n > d->size / sector - first)
		return bad(t, "a partition is not inside of the disk");
	if (!t->partitions)
		t->partitions = xcalloc(PARTITIONS_MAX, sizeof(*t->partitions));
	p = &t->partitions[t->n++];
	p->number = number;
	p->offset = first * sector;
	p->size = n * sector;
	return 0;
}

static int compare_offsets(const void *a, const void *b)
{
	const struct partition *const *p = a, *const *q = b;

	return ((*p)->offset > (*q)->offset) - ((*p)->offset < (*q)->offset);
}

static int check_overlap(struct partition_table *t)
{
	const struct partition *sorted[PARTITIONS_MAX];

	for (size_t i = 0; i < t->n; i++)
		sorted[i] = &t->partitions[i];
	qsort(sorted, t->n, sizeof(*sorted), compare_offsets);
	for (size_t i = 1; i < t->n; i++) {
		if (sorted[i]->offset - sorted[i - 1]->offset < sorted[i - 1]->size)
			return bad(t, "two partitions overlap");
	}
	return 0;
}

/* --- GPT ---------------------------------------------------------------------------------- */

/* CRC-32 of ISO 3309, as the UEFI Specification asks for. */
static uint32_t crc32_of(const unsigned char *p, size_t n)
{
	uint32_t crc = ~0U;

	while (n-- > 0) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return ~crc;
}

static void format_guid(char *text, size_t size, const unsigned char *b)
{
	snprintf(text, size, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", get_le32(b),
		 get_le16(b + 4), get_le16(b + 6), b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
}

static bool is_zero_guid(const unsigned char *b)
{
	return get_le64(b) == 0 && get_le64(b + 8) == 0;
}

/* A header in its sector: is it one that is whole? */
static bool gpt_header_is_valid(const unsigned char *sector_bytes, uint64_t sector, uint64_t lba)
{
	unsigned char copy[4096];
	uint32_t size = get_le32(sector_bytes + 12);

	if (memcmp(sector_bytes, "EFI PART", 8) != 0 || size < GPT_HEADER_MIN || size > sector)
		return false;
	memcpy(copy, sector_bytes, size);
	memset(copy + 16, 0, 4); /* its own checksum */
	return crc32_of(copy, size) == get_le32(sector_bytes + 16) &&
	       get_le64(sector_bytes + 24) == lba;
}

static int add_gpt_entry(struct partition_table *t, const struct disk_range *d, unsigned number,
			 const unsigned char *entry, uint64_t sector)
{
	uint64_t first = get_le64(entry + 32), last = get_le64(entry + 40);
	int r;

	if (is_zero_guid(entry))
		return 0;
	if (last < first || last - first == UINT64_MAX)
		return bad(t, "a partition ends before it begins");
	r = add(t, d, number, first, last - first + 1, sector);
	if (r >= 0)
		format_guid(t->partitions[t->n - 1].type, PARTITION_TYPE_MAX, entry);
	return r;
}

/* The table that the valid header stands for; -ENOENT when its entries are not whole. */
static int read_gpt_entries(struct partition_table *t, const struct disk_range *d,
			    const unsigned char *header, uint64_t sector)
{
	uint64_t lba = get_le64(header + 72);
	uint32_t n = get_le32(header + 80), size = get_le32(header + 84);
	cleanup_free unsigned char *entries = NULL;
	int r = 0;

	if (size < GPT_ENTRY_MIN || size > GPT_ENTRY_MAX || size % 8 ||
	    n > GPT_ENTRIES_BYTES_MAX / size)
		return bad(t, "its table of partitions is of a size that cannot be");
	if (lba > d->size / sector)
		return -ENOENT;
	entries = xmalloc((size_t)n * size + 1);
	r = read_at(d, lba * sector, entries, (size_t)n * size);
	if (r == -ENODATA ||
	    (r >= 0 && crc32_of(entries, (size_t)n * size) != get_le32(header + 88)))
		return -ENOENT;
	for (uint32_t i = 0; r >= 0 && i < n; i++)
		r = add_gpt_entry(t, d, i + 1, entries + (size_t)i * size, sector);
	return r < 0 ? r : check_overlap(t);
}

/* With the header in the sector lba: -ENOENT when there is none that is whole. */
static int read_gpt_at(struct partition_table *t, const struct disk_range *d, uint64_t sector,
		       uint64_t lba)
{
	unsigned char header[4096];
	int r = read_at(d, lba * sector, header, sector);

	if (r == -ENODATA)
		return -ENOENT;
	if (r < 0)
		return r;
	if (memcmp(header, "EFI PART", 8) == 0)
		t->kind = PARTITION_GPT;
	if (!gpt_header_is_valid(header, sector, lba))
		return -ENOENT;
	return read_gpt_entries(t, d, header, sector);
}

static int read_gpt(struct partition_table *t, const struct disk_range *d)
{
	static const uint64_t sectors[] = { 512, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(sectors); i++) {
		const uint64_t places[] = { 1, d->size / sectors[i] - 1 };

		for (size_t j = 0; j < ARRAY_SIZE(places) && d->size >= 4 * sectors[i]; j++) {
			int r = read_gpt_at(t, d, sectors[i], places[j]);

			if (r != -ENOENT)
				return r;
		}
	}
	return -ENOENT;
}

/* --- MBR ---------------------------------------------------------------------------------- */

static bool is_extended(unsigned char type)
{
	return type == MBR_TYPE_EXTENDED || type == MBR_TYPE_EXTENDED_LBA ||
	       type == MBR_TYPE_EXTENDED_LINUX;
}

static const unsigned char *mbr_entry(const unsigned char *b, int i)
{
	return b + 446 + 16 * i;
}

static int add_mbr_entry(struct partition_table *t, const struct disk_range *d, unsigned number,
			 const unsigned char *entry, uint64_t base)
{
	int r = add(t, d, number, base + get_le32(entry + 8), get_le32(entry + 12), SECTOR);

	if (r >= 0)
		snprintf(t->partitions[t->n - 1].type, PARTITION_TYPE_MAX, "%02x", entry[4]);
	return r;
}

/* A chain of sectors, each with a logical partition and where the next sector is, counted from the
 * first sector of the chain. */
static int read_logical(struct partition_table *t, const struct disk_range *d, uint64_t start)
{
	uint64_t here = start;

	for (unsigned i = 0;; i++) {
		unsigned char b[SECTOR];
		int r = read_at(d, here * SECTOR, b, sizeof(b));

		if (r < 0 && r != -ENODATA)
			return r;
		if (r < 0 || b[510] != 0x55 || b[511] != 0xaa)
			return bad(t, "its extended partition is damaged");
		if (i == LOGICAL_MAX)
			return bad(t, "it has too many partitions");
		if (mbr_entry(b, 0)[4] != 0 && get_le32(mbr_entry(b, 0) + 12) != 0)
			r = add_mbr_entry(t, d, 5 + i, mbr_entry(b, 0), here);
		if (r < 0)
			return r;
		if (!is_extended(mbr_entry(b, 1)[4]))
			return 0;
		here = start + get_le32(mbr_entry(b, 1) + 8);
	}
}

static int read_mbr(struct partition_table *t, const struct disk_range *d, const unsigned char *b)
{
	uint64_t extended = 0;
	int r = 0;

	for (int i = 0; i < 4 && r >= 0; i++) {
		const unsigned char *entry = mbr_entry(b, i);

		if (entry[0] != 0 && entry[0] != 0x80)
			return bad(t, "it is damaged");
		if (is_extended(entry[4])) {
			if (extended)
				return bad(t, "it has two extended partitions");
			extended = get_le32(entry + 8);
		} else if (entry[4] != 0) {
			r = add_mbr_entry(t, d, (unsigned)i + 1, entry, 0);
		}
	}
	if (r >= 0 && extended)
		r = read_logical(t, d, extended);
	return r < 0 ? r : check_overlap(t);
}

/* ------------------------------------------------------------------------------------------ */

static bool is_protective(const unsigned char *b)
{
	for (int i = 0; i < 4; i++) {
		if (mbr_entry(b, i)[4] == MBR_TYPE_PROTECTIVE)
			return true;
	}
	return false;
}

static int read_table(struct partition_table *t, const struct disk_range *d)
{
	unsigned char b[SECTOR];
	int r = read_at(d, 0, b, sizeof(b));
	bool has_mbr;

	if (r < 0)
		return r == -ENODATA ? 0 : r;
	r = read_gpt(t, d);
	if (r == 0)
		t->kind = PARTITION_GPT;
	if (r != -ENOENT)
		return r;
	has_mbr = b[510] == 0x55 && b[511] == 0xaa;
	if (t->kind == PARTITION_GPT || (has_mbr && is_protective(b))) {
		t->kind = PARTITION_GPT;
		return bad(t, "neither it nor its backup is whole");
	}
	if (!has_mbr)
		return 0;
	t->kind = PARTITION_MBR;
	r = read_mbr(t, d, b);
	if (r >= 0 && t->n == 0)
		t->kind = PARTITION_NONE; /* a boot sector */
	return r;
}

int partition_read(int fd, uint64_t size, struct partition_table *ret)
{
	const struct disk_range d = { fd, size };
	int r;

	*ret = (struct partition_table)PARTITION_TABLE_INIT;
	r = read_table(ret, &d);
	if (r < 0)
		ret->n = 0;
	return r;
}

void partition_table_done(struct partition_table *t)
{
	free(t->partitions);
	*t = (struct partition_table)PARTITION_TABLE_INIT;
}

bool partition_is_root(const struct partition *p)
{
	/* "Root Partition" of the specification for the processor that we are built for. */
#if defined(__x86_64__)
	static const char type[] = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
#elif defined(__i386__)
	static const char type[] = "44479540-f297-41b2-9af7-d131d5f0458a";
#elif defined(__aarch64__)
	static const char type[] = "b921b045-1df0-41c3-af44-4c6f280d3fae";
#elif defined(__arm__)
	static const char type[] = "69dad710-2ce4-4e3c-b16c-21a1d49abed3";
#elif defined(__riscv) && __riscv_xlen == 64
	static const char type[] = "72ec70a6-cf74-40e6-bd49-4bda08e8f224";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	static const char type[] = "c31c45e6-3f39-412e-80fb-4809c4980599";
#elif defined(__s390x__)
	static const char type[] = "5eead9a9-fe09-4a1e-a1d7-520d00531306";
#elif defined(__loongarch64)
	static const char type[] = "77055800-792c-4f94-b39a-98c91b762bb6";
#else
	static const char type[] = "";
#endif

	return *type && streq(p->type, type);
}
