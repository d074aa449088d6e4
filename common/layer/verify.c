/* SPDX-License-Identifier: MIT */
#include "layer/verify.h"

#include <errno.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"

#define BLOCK_SIZE (256 * 1024)

int verify_file(int fd, const struct digest *digest)
{
	cleanup_hasher struct hasher *hasher = hasher_new(digest->algorithm);
	cleanup_free char *block = xmalloc(BLOCK_SIZE);
	struct digest is;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, block, BLOCK_SIZE, at)) > 0) {
		if (interrupted())
			return -EINTR;
		hasher_update(hasher, block, (size_t)n);
		at += n;
	}
	if (n < 0)
		return -errno;
	hasher_finish(hasher, &is);
	return digest_equal(&is, digest) ? 0 : -EBADMSG;
}
