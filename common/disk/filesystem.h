/* SPDX-License-Identifier: MIT */
/* filesystem: what a range of a disk image holds, by its superblock.
 *
 * Nothing but the magic number and the size is looked at; the rest is the kernel's affair. Sources:
 * Linux, Documentation/filesystems/ext4/super.rst, fs/xfs/libxfs/xfs_format.h,
 * include/uapi/linux/btrfs_tree.h, Documentation/filesystems/squashfs.rst, fs/erofs/erofs_fs.h;
 * cryptsetup's LUKS2 on-disk format; lvm2, lib/format_text/layout.h; mkswap(8). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The end of the superblock that is farthest from the start of its range. */
#define FILESYSTEM_HEAD (128 * 1024)

struct filesystem {
	/* What it is, for people: "ext4", "encrypted (LUKS)". */
	const char *text;
	/* The kernel's name of it; NULL when it is nothing that can be mounted read-only by itself. */
	const char *driver;
	/* The options that make the kernel write nothing, not even to replay a journal. NULL-terminated. */
	const char *const *options;
	bool is_cut_short; /* it says that it is larger than the range */
	bool is_dirty;     /* it has a journal to replay; of ext4 alone */
};

/* What the first n bytes of a range of size bytes are those of. False when they are of nothing known. */
bool filesystem_probe(const unsigned char *head, size_t n, uint64_t size, struct filesystem *ret);
