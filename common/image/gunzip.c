/* SPDX-License-Identifier: MIT */
#include "image/gunzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "lazy/libz.h"

#define BUFFER_SIZE (256 * 1024)
/* inflateInit2(): the largest window, and gzip's header and trailer around it. */
#define WINDOW_BITS (15 + 16)

struct gunzip {
	int fd;
	z_stream z; /* its input is what is left in raw */
	bool packed, in_member, has_more;
	const char *wrong;
	unsigned char raw[BUFFER_SIZE], out[BUFFER_SIZE];
};

int gunzip_load(void)
{
	return lazy_load(&lazy_libz);
}

/* Add to what is left in raw. 0 at the end of the file. */
static ssize_t fill(struct gunzip *g)
{
	ssize_t n;

	if (g->z.avail_in > 0)
		memmove(g->raw, g->z.next_in, g->z.avail_in);
	g->z.next_in = g->raw;
	n = read(g->fd, g->raw + g->z.avail_in, BUFFER_SIZE - g->z.avail_in);
	if (n < 0) {
		g->wrong = strerror(errno);
		return -1;
	}
	g->z.avail_in += (unsigned)n;
	return n;
}

struct gunzip *gunzip_new(int fd)
{
	struct gunzip *g = xcalloc(1, sizeof(*g));

	g->fd = fd;
	g->z.next_in = g->raw;
	/* Both bytes of the magic number; a pipe may give them one by one. */
	while (g->z.avail_in < 2 && fill(g) > 0)
		;
	g->packed = g->in_member = g->z.avail_in >= 2 && g->raw[0] == 0x1f && g->raw[1] == 0x8b;
	if (g->packed && inflateInit2(&g->z, WINDOW_BITS) != Z_OK)
		g->wrong = "zlib does not start";
	return g;
}

static ssize_t read_plain(struct gunzip *g, const void **ret_block)
{
	ssize_t n = g->z.avail_in;

	if (n == 0)
		n = fill(g);
	*ret_block = g->raw;
	g->z.avail_in = 0;
	return n;
}

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i])
			return false;
	}
	return true;
}

/* Between members: true if another one begins. Reads to the end of the file if not. */
static bool next_member(struct gunzip *g)
{
	if (g->z.avail_in == 0 && fill(g) <= 0)
		return false;
	if (*g->z.next_in == 0x1f) {
		g->in_member = inflateReset(&g->z) == Z_OK;
		return g->in_member;
	}
	do {
		g->has_more = g->has_more || !is_zero(g->z.next_in, g->z.avail_in);
		g->z.avail_in = 0;
	} while (fill(g) > 0);
	return false;
}

/* One step: some of the output has been filled, or some of the input used. */
static int inflate_some(struct gunzip *g)
{
	int r;

	if (g->z.avail_in == 0) {
		ssize_t n = fill(g);

		if (n == 0)
			g->wrong = "the gzip data end in the middle";
		if (n <= 0)
			return -1;
	}
	r = inflate(&g->z, Z_NO_FLUSH);
	if (r == Z_STREAM_END)
		g->in_member = false;
	else if (r != Z_OK && r != Z_BUF_ERROR) {
		g->wrong = g->z.msg ? g->z.msg : "the gzip data are wrong";
		return -1;
	}
	return 0;
}

ssize_t gunzip_read(struct gunzip *g, const void **ret_block)
{
	if (g->wrong)
		return -1;
	if (!g->packed)
		return read_plain(g, ret_block);
	g->z.next_out = g->out;
	g->z.avail_out = BUFFER_SIZE;
	while (g->z.avail_out == BUFFER_SIZE) {
		if (!g->in_member && !next_member(g))
			return g->wrong ? -1 : 0;
		if (inflate_some(g) < 0)
			return -1;
	}
	*ret_block = g->out;
	return BUFFER_SIZE - (ssize_t)g->z.avail_out;
}

const char *gunzip_wrong(const struct gunzip *g)
{
	return g->wrong;
}

bool gunzip_has_more(const struct gunzip *g)
{
	return g->has_more;
}

void gunzip_free(struct gunzip *g)
{
	if (g->packed)
		inflateEnd(&g->z);
	free(g);
}
