/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "layer/codec.h"
#include "lazy/libz.h"

/* inflateInit2(): the largest window, and gzip's header and trailer around it. */
#define WINDOW_BITS (15 + 16)

static int load(void)
{
	return lazy_load(&lazy_libz);
}

static void *start(void)
{
	cleanup_free z_stream *z = xcalloc(1, sizeof(*z));

	return inflateInit2(z, WINDOW_BITS) == Z_OK ? TAKE_PTR(z) : NULL;
}

static unsigned at_most_int(size_t n)
{
	return n < INT_MAX ? (unsigned)n : INT_MAX;
}

static enum codec_result step(void *state, struct codec_io *io, const char **ret_wrong)
{
	unsigned n_in = at_most_int(io->n_in), n_out = at_most_int(io->n_out);
	z_stream *z = state;
	int r;

	z->next_in = (z_const Bytef *)(uintptr_t)io->in;
	z->avail_in = n_in;
	z->next_out = io->out;
	z->avail_out = n_out;
	r = inflate(z, Z_NO_FLUSH);
	io->in += n_in - z->avail_in;
	io->n_in -= n_in - z->avail_in;
	io->out += n_out - z->avail_out;
	io->n_out -= n_out - z->avail_out;
	if (r == Z_STREAM_END)
		return CODEC_END;
	if (r == Z_OK || r == Z_BUF_ERROR)
		return CODEC_MORE;
	*ret_wrong = z->msg ? z->msg : "the gzip data are wrong";
	return CODEC_WRONG;
}

static int next(void *state)
{
	return inflateReset(state) == Z_OK ? 0 : -1;
}

static void end(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct codec codec_zlib = {
	.name = "gzip",
	.load = load,
	.start = start,
	.step = step,
	.next = next,
	.end = end,
};
