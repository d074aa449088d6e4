/* SPDX-License-Identifier: MIT */
#include "layer/codec.h"
#include "lazy/libzstd.h"

/* The window that a frame may ask for: what "zstd --long" makes and zstd(1) reads without being told. */
#define WINDOW_LOG_MAX 27

static int load(void)
{
	return lazy_load(&lazy_libzstd);
}

static void *start(void)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();

	if (z && ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
		ZSTD_freeDCtx(z);
		return NULL;
	}
	return z;
}

/* Frames that are to be skipped, as zstd:chunked has them, are frames too. */
static enum codec_result step(void *state, struct codec_io *io, const char **ret_wrong)
{
	ZSTD_inBuffer in = { io->in, io->n_in, 0 };
	ZSTD_outBuffer out = { io->out, io->n_out, 0 };
	size_t r = ZSTD_decompressStream(state, &out, &in);

	io->in += in.pos;
	io->n_in -= in.pos;
	io->out += out.pos;
	io->n_out -= out.pos;
	if (!ZSTD_isError(r))
		return r == 0 ? CODEC_END : CODEC_MORE;
	if (ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge)
		*ret_wrong = "its zstd window is larger than 128 MiB; compress it without --long or --ultra";
	else
		*ret_wrong = ZSTD_getErrorName(r);
	return CODEC_WRONG;
}

static int next(void *state)
{
	(void)state;
	return 0;
}

static void end(void *state)
{
	ZSTD_freeDCtx(state);
}

const struct codec codec_zstd = {
	.name = "zstd",
	.load = load,
	.start = start,
	.step = step,
	.next = next,
	.end = end,
};
