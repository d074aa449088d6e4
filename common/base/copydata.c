/* SPDX-License-Identifier: MIT */
#include "base/copydata.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"

/* A step of copy_file_range(2): long enough to be cheap, short enough to notice an interrupt. */
#define RANGE_STEP (64 * 1024 * 1024)
#define BUFFER_SIZE (256 * 1024)

static int read_and_write(int from_fd, int to_fd, off_t offset, off_t end)
{
	cleanup_free char *buffer = xmalloc(BUFFER_SIZE);

	while (offset < end) {
		size_t want = end - offset < BUFFER_SIZE ? (size_t)(end - offset) : BUFFER_SIZE;
		ssize_t n = pread(from_fd, buffer, want, offset);
		int r;

		if (interrupted())
			return -EINTR;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0; /* the file has become shorter */
		if (lseek(to_fd, offset, SEEK_SET) < 0)
			return -errno;
		r = write_all(to_fd, buffer, (size_t)n);
		if (r < 0)
			return r;
		offset += n;
	}
	return 0;
}

/* What copy_file_range(2) says where it cannot serve: two kinds of file system, an old kernel. */
static bool is_unsupported(int error)
{
	return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ||
	       error == ETXTBSY || error == EPERM;
}

static int copy_range(int from_fd, int to_fd, off_t offset, off_t end)
{
	off_t out = offset;

	while (offset < end) {
		size_t want = end - offset < RANGE_STEP ? (size_t)(end - offset) : RANGE_STEP;
		ssize_t n = copy_file_range(from_fd, &offset, to_fd, &out, want, 0);

		if (interrupted())
			return -EINTR;
		/* 0 is the end of the file, but also what some special file systems answer. */
		if (n == 0 || (n < 0 && is_unsupported(errno)))
			return read_and_write(from_fd, to_fd, offset, end);
		if (n < 0)
			return -errno;
	}
	return 0;
}

int copy_data(int from_fd, int to_fd, uint64_t size)
{
	off_t end = (off_t)size, hole = 0;

	if (size == 0)
		return 0;
	if (ioctl(to_fd, FICLONE, from_fd) == 0)
		return 0;
	for (off_t data = 0; data < end; data = hole) {
		int r;

		data = lseek(from_fd, data, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break; /* a hole up to the end */
		hole = data < 0 ? -1 : lseek(from_fd, data, SEEK_HOLE);
		if (hole < 0) { /* the file system does not tell: all is data */
			data = 0;
			hole = end;
		}
		r = copy_range(from_fd, to_fd, data, hole < end ? hole : end);
		if (r < 0)
			return r;
	}
	/* A hole at the end has not been made yet. */
	return hole < end && ftruncate(to_fd, end) < 0 ? -errno : 0;
}
