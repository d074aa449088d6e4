/* SPDX-License-Identifier: MIT */
/* A disk of a megabyte that begins with the input, and ends with its last 64 sectors again: whatever the
 * table says, partitions are inside of the disk and do not overlap. */
#include "fuzz.h"

#include <sys/mman.h>

#include "base/fs.h"
#include "disk/filesystem.h"
#include "disk/partition.h"

#define DISK (1024 * 1024)
#define TAIL ((size_t)64 * 512)

static void check(const struct partition_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct partition *p = &t->partitions[i];

		PROPERTY(p->size > 0 && p->offset > 0 && p->offset < DISK &&
			 p->size <= DISK - p->offset);
		PROPERTY(*p->type && p->number > 0);
		for (size_t j = 0; j < i; j++) {
			const struct partition *q = &t->partitions[j];

			PROPERTY(p->offset >= q->offset + q->size ||
				 q->offset >= p->offset + p->size);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int fd = memfd_create("disk", MFD_CLOEXEC);
	cleanup_partition_table struct partition_table t = PARTITION_TABLE_INIT;
	struct filesystem fs;
	size_t tail = size < TAIL ? size : TAIL;
	int r;

	if (size > DISK)
		return 0;
	PROPERTY(fd >= 0 && write_all(fd, data, size) == 0 && ftruncate(fd, DISK) == 0);
	PROPERTY(pwrite(fd, data + size - tail, tail, (off_t)(DISK - tail)) == (ssize_t)tail);
	r = partition_read(fd, DISK, &t);
	PROPERTY((r < 0) == !!t.wrong && (r == 0 || t.n == 0));
	check(&t);
	if (filesystem_probe(data, size, DISK, &fs))
		PROPERTY(fs.text && (!fs.driver || fs.options));
	return 0;
}
