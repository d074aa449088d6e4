/* SPDX-License-Identifier: MIT */
#include "disk/filesystem.h"

#include <string.h>

#include "base/endian.h"
#include "base/macro.h"

struct kind {
	size_t offset; /* of the magic number */
	const char *magic;
	size_t magic_size;
	const char *text, *driver;
	const char *const *options;
	/* The superblock at sb is believable; *ret_size is how large the file system is, 0 if unknown. */
	bool (*check)(const unsigned char *sb, uint64_t *ret_size);
	size_t sb_offset, sb_size;
};

static uint64_t multiply(uint64_t n, uint64_t by)
{
	uint64_t result;

	return __builtin_mul_overflow(n, by, &result) ? UINT64_MAX : result;
}

#define EXT_RECOVER 0x4
#define EXT_64BIT 0x80

/* Two bytes of magic number are few: a block size and counts that cannot be are something else. */
static bool check_ext(const unsigned char *sb, uint64_t *ret_size)
{
	uint32_t log_block = get_le32(sb + 0x18), revision = get_le32(sb + 0x4c),
		 incompatible = get_le32(sb + 0x60);
	uint64_t blocks = get_le32(sb + 4);

	if (log_block > 6 || revision > 1 || blocks == 0 || get_le32(sb) == 0 ||
	    get_le32(sb + 0x28) == 0)
		return false;
	if (revision > 0 && incompatible & EXT_64BIT)
		blocks |= (uint64_t)get_le32(sb + 0x150) << 32;
	*ret_size = multiply(blocks, 1024ULL << log_block);
	return true;
}

static bool check_xfs(const unsigned char *sb, uint64_t *ret_size)
{
	*ret_size = multiply(get_be64(sb + 8), get_be32(sb + 4));
	return true;
}

static bool check_btrfs(const unsigned char *sb, uint64_t *ret_size)
{
	/* Of several devices: the sum of all. */
	*ret_size = get_le64(sb + 0x88) == 1 ? get_le64(sb + 0x70) : 0;
	return true;
}

static bool check_squashfs(const unsigned char *sb, uint64_t *ret_size)
{
	*ret_size = get_le64(sb + 40);
	return get_le16(sb + 28) == 4; /* the version that the kernel knows */
}

static bool check_erofs(const unsigned char *sb, uint64_t *ret_size)
{
	if (sb[12] < 9 || sb[12] > 16)
		return false;
	*ret_size = multiply(get_le32(sb + 36), 1ULL << sb[12]);
	return true;
}

static const char *const ext_options[] = { "noload", NULL };
static const char *const xfs_options[] = { "norecovery", "nouuid", NULL };
static const char *const btrfs_options[] = { "rescue=nologreplay", NULL };
static const char *const no_options[] = { NULL };

#define MAGIC(offset, text) (offset), (text), sizeof(text) - 1

static const struct kind kinds[] = {
	/* What encloses a file system goes first: it may have been made on top of an old one. */
	{ MAGIC(0, "LUKS\xba\xbe"), "encrypted (LUKS)" },
	{ MAGIC(24, "LVM2 001"), "a volume of LVM" },
	{ MAGIC(512 + 24, "LVM2 001"), "a volume of LVM" },
	{ MAGIC(1024 + 24, "LVM2 001"), "a volume of LVM" },
	{ MAGIC(1536 + 24, "LVM2 001"), "a volume of LVM" },
	{ MAGIC(3, "-FVE-FS-"), "encrypted (BitLocker)" },
	{ MAGIC(0, "XFSB"), "xfs", "xfs", xfs_options, check_xfs, 0, 264 },
	{ MAGIC(65536 + 64, "_BHRfS_M"), "btrfs", "btrfs", btrfs_options, check_btrfs, 65536,
	  4096 },
	{ MAGIC(0, "hsqs"), "squashfs", "squashfs", no_options, check_squashfs, 0, 96 },
	{ MAGIC(1024, "\xe2\xe1\xf5\xe0"), "erofs", "erofs", no_options, check_erofs, 1024, 128 },
	{ MAGIC(1024, "\x10\x20\xf5\xf2"), "f2fs" },
	{ MAGIC(4086, "SWAPSPACE2"), "swap" },
	{ MAGIC(65526, "SWAPSPACE2"), "swap" },
	{ MAGIC(3, "NTFS    "), "NTFS" },
	{ MAGIC(3, "EXFAT   "), "exFAT" },
	{ MAGIC(82, "FAT32   "), "FAT" },
	{ MAGIC(54, "FAT16   "), "FAT" },
	{ MAGIC(54, "FAT12   "), "FAT" },
	{ MAGIC(32769, "CD001"), "ISO 9660" },
	{ MAGIC(4096, "\xfc\x4e\x2b\xa9"), "a part of a RAID" },
	{ MAGIC(0, "\xfc\x4e\x2b\xa9"), "a part of a RAID" },
	/* ext2 and ext3 too, which its driver mounts. */
	{ MAGIC(1024 + 56, "\x53\xef"), "ext4", "ext4", ext_options, check_ext, 1024, 1024 },
};

static bool matches(const struct kind *k, const unsigned char *head, size_t n, uint64_t *ret_size)
{
	*ret_size = 0;
	if (n < k->offset + k->magic_size || memcmp(head + k->offset, k->magic, k->magic_size) != 0)
		return false;
	return !k->check ||
	       (n >= k->sb_offset + k->sb_size && k->check(head + k->sb_offset, ret_size));
}

bool filesystem_probe(const unsigned char *head, size_t n, uint64_t size, struct filesystem *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint64_t its_size;

		if (!matches(&kinds[i], head, n, &its_size))
			continue;
		*ret = (struct filesystem){ .text = kinds[i].text,
					    .driver = kinds[i].driver,
					    .options = kinds[i].options,
					    .is_cut_short = its_size > size };
		ret->is_dirty =
			kinds[i].check == check_ext && get_le32(head + 1024 + 0x60) & EXT_RECOVER;
		return true;
	}
	return false;
}
