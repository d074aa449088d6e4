/* SPDX-License-Identifier: MIT */
/* codec: one kind of compression, for gunzip.h. */
#pragma once

#include <stddef.h>

/* Where a codec reads and writes: it moves both on. */
struct codec_io {
	const unsigned char *in;
	size_t n_in;
	unsigned char *out;
	size_t n_out;
};

enum codec_result {
	CODEC_MORE, /* some of the input was used, or some of the output filled */
	CODEC_END,  /* of a member, whose checksum is right */
	CODEC_WRONG,
};

struct codec {
	const char *name;
	int (*load)(void);    /* logs, where there is no other one */
	void *(*start)(void); /* NULL on failure */
	enum codec_result (*step)(void *state, struct codec_io *io, const char **ret_wrong);
	int (*next)(void *state); /* another member begins; 0, or negative */
	void (*end)(void *state);
};

extern const struct codec codec_zlib, codec_zstd;
#ifdef HAVE_LIBISAL
extern const struct codec codec_isal;
#endif
