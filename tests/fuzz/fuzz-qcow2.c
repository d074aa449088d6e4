/* SPDX-License-Identifier: MIT */
/* A QCOW2 image is read as a whole: all of it is inside of the disk, and reads the same in pieces. */
#include "fuzz.h"

#include <sys/mman.h>

#include "base/fs.h"
#include "disk/qcow2.h"

#define MOST 64

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	PROPERTY(qcow2_load() == 0);
	return 0;
}

static void read_some(struct qcow2 *q, uint64_t start, uint64_t end)
{
	cleanup_free char *all = xmalloc(end - start), *part = xmalloc(end - start);
	size_t half = (end - start) / 2;

	if (qcow2_read(q, start, all, end - start) < 0)
		return;
	PROPERTY(qcow2_read(q, start + half, part, end - start - half) == 0);
	PROPERTY(memcmp(all + half, part, end - start - half) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int fd = memfd_create("image", MFD_CLOEXEC);
	cleanup_(qcow2_free_p) struct qcow2 *q = NULL;
	uint64_t start, end = 0, before = 0;

	PROPERTY(fd >= 0 && write_all(fd, data, size) == 0);
	q = qcow2_new(fd);
	for (int i = 0; i < MOST; i++) {
		int r = qcow2_next_data(q, end, &start, &end);

		PROPERTY((r < 0) == !!qcow2_wrong(q));
		if (r <= 0)
			break;
		PROPERTY(start >= before && end > start && end <= qcow2_size(q));
		PROPERTY(end - start <= QCOW2_CLUSTER_MAX);
		before = end;
		read_some(q, start, end);
	}
	return 0;
}
