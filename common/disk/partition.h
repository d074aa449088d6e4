/* SPDX-License-Identifier: MIT */
/* partition: the partition table of a disk image, which may be hostile.
 *
 * GPT as in the UEFI Specification, chapter 5 "GUID Partition Table (GPT) Disk Layout", in sectors of 512
 * or 4096 bytes: both checksums must be right, else the backup at the end of the disk is taken, else the
 * table is refused. MBR with logical partitions, "Legacy Master Boot Record" there, in sectors of 512.
 * Partitions that overlap or are not inside of the disk make the table invalid: nothing of it is
 * believed. Types of GPT partitions: the Discoverable Partitions Specification of uapi-group.org. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARTITIONS_MAX 256
#define PARTITION_TYPE_MAX 37

struct partition {
	unsigned number;       /* as Linux counts them */
	uint64_t offset, size; /* bytes; size is not 0 */
	/* GPT: the GUID in its text form, lower case. MBR: two hexadecimal digits. */
	char type[PARTITION_TYPE_MAX];
};

enum partition_kind {
	PARTITION_NONE, /* there is no table */
	PARTITION_MBR,
	PARTITION_GPT,
};

struct partition_table {
	enum partition_kind kind;
	struct partition *partitions; /* by number */
	size_t n;
	const char *wrong; /* after -EBADMSG, what; static */
};

#define PARTITION_TABLE_INIT \
	{                    \
		0            \
	}
#define cleanup_partition_table __attribute__((cleanup(partition_table_done)))

/* Of a disk of size bytes, read with pread(2). Silent: 0, -EBADMSG for a table that is not valid (kind
 * says of which kind), or the errno of reading. */
int partition_read(int fd, uint64_t size, struct partition_table *ret);
void partition_table_done(struct partition_table *t);

/* True if the type says that it is the root of a system that runs on this machine. */
bool partition_is_root(const struct partition *p);
