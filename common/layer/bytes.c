/* SPDX-License-Identifier: MIT */
#include "layer/bytes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

ssize_t bytes_read(struct bytes *b, void *buffer, size_t size)
{
	ssize_t n;

	do
		n = read(b->fd, buffer, size);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		b->wrong = strerror(errno);
		return -1;
	}
	b->n += (uint64_t)n;
	if (b->n > b->max) {
		b->wrong = "it is longer than it was said to be";
		return -1;
	}
	if (b->hasher)
		hasher_update(b->hasher, buffer, (size_t)n);
	return n;
}
