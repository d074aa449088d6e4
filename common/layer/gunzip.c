/* SPDX-License-Identifier: MIT */
#include "layer/gunzip.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "layer/codec.h"

#define BUFFER_SIZE (256 * 1024)
#define MAGIC_SIZE 4

/* What is at hand. */
static const struct codec *codec_gzip = &codec_zlib;

struct gunzip {
	struct bytes *in;
	const struct codec *codec; /* NULL: bytes as they are */
	void *state;
	struct codec_io io; /* its input is what is left in raw */
	bool in_member, has_more;
	bool full; /* there may be more output without more input */
	const char *wrong;
	unsigned char raw[BUFFER_SIZE];
};

int gunzip_load(void)
{
	int r;

#ifdef HAVE_LIBISAL
	if (codec_isal.load() == 0)
		codec_gzip = &codec_isal;
#endif
	r = codec_gzip->load();
	return r < 0 ? r : codec_zstd.load();
}

/* Add to what is left in raw. 0 at the end of the bytes. */
static ssize_t fill(struct gunzip *g)
{
	ssize_t n;

	if (g->io.n_in > 0)
		memmove(g->raw, g->io.in, g->io.n_in);
	g->io.in = g->raw;
	n = bytes_read(g->in, g->raw + g->io.n_in, BUFFER_SIZE - g->io.n_in);
	if (n < 0)
		g->wrong = g->in->wrong;
	else
		g->io.n_in += (size_t)n;
	return n;
}

/* RFC 1952, 2.3.1; RFC 8878, 3.1.1 and 3.1.2: a frame, or one to be skipped, which can be the first. */
static const struct codec *recognise(const unsigned char *p, size_t n)
{
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return codec_gzip;
	if (n >= 4 && (memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0 ||
		       ((p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0)))
		return &codec_zstd;
	return NULL;
}

struct gunzip *gunzip_new(struct bytes *in)
{
	struct gunzip *g = xcalloc(1, sizeof(*g));

	g->in = in;
	g->io.in = g->raw;
	/* All of the magic number; a pipe may give it byte by byte. */
	while (g->io.n_in < MAGIC_SIZE && fill(g) > 0)
		;
	g->codec = recognise(g->raw, g->io.n_in);
	if (!g->codec)
		return g;
	g->in_member = true;
	g->state = g->codec->start();
	if (!g->state)
		g->wrong = "its decompressor does not start";
	return g;
}

const char *gunzip_kind(const struct gunzip *g)
{
	return g->codec ? g->codec->name : NULL;
}

static ssize_t read_plain(struct gunzip *g, void *block, size_t size)
{
	size_t n = g->io.n_in < size ? g->io.n_in : size;
	ssize_t r;

	if (n > 0) {
		memcpy(block, g->io.in, n);
		g->io.in += n;
		g->io.n_in -= n;
		return (ssize_t)n;
	}
	r = bytes_read(g->in, block, size);
	if (r < 0)
		g->wrong = g->in->wrong;
	return r;
}

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i])
			return false;
	}
	return true;
}

/* Between members: true if another one begins. Reads to the end of the bytes if not. */
static bool next_member(struct gunzip *g)
{
	if (g->io.n_in == 0 && fill(g) <= 0)
		return false;
	if (g->codec == &codec_zstd || *g->io.in == 0x1f) {
		g->in_member = g->codec->next(g->state) == 0;
		return g->in_member;
	}
	do {
		g->has_more = g->has_more || !is_zero(g->io.in, g->io.n_in);
		g->io.n_in = 0;
	} while (fill(g) > 0);
	return false;
}

/* One step: some of the output has been filled, or some of the input used. */
static int inflate_some(struct gunzip *g)
{
	enum codec_result r;

	if (g->io.n_in == 0 && !g->full) {
		ssize_t n = fill(g);

		if (n == 0)
			g->wrong = "the compressed data end in the middle";
		if (n <= 0)
			return -1;
	}
	r = g->codec->step(g->state, &g->io, &g->wrong);
	g->full = g->io.n_out == 0;
	if (r == CODEC_END)
		g->in_member = g->full = false;
	return r == CODEC_WRONG ? -1 : 0;
}

ssize_t gunzip_read(struct gunzip *g, void *block, size_t size)
{
	if (g->wrong)
		return -1;
	if (!g->codec)
		return read_plain(g, block, size);
	g->io.out = block;
	g->io.n_out = size;
	while (g->io.n_out > 0) {
		if (!g->in_member && !next_member(g))
			break;
		if (inflate_some(g) < 0)
			break;
	}
	if (g->wrong)
		return -1;
	return (ssize_t)(size - g->io.n_out);
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
	if (g->state)
		g->codec->end(g->state);
	free(g);
}
