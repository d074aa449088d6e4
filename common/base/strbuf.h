/* SPDX-License-Identifier: MIT */
/* strbuf: a growing byte string.
 *
 *	cleanup_strbuf struct strbuf s = STRBUF_INIT;
 *	strbuf_addf(&s, "%s=%s", key, value);
 *	return strbuf_detach(&s);
 *
 * buf is NUL-terminated after the first addition, and NULL before; strbuf_str() is never NULL.
 * len does not count the NUL. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

#include "base/macro.h"

struct strbuf {
	char *buf;
	size_t len, alloc;
};

#define STRBUF_INIT { NULL, 0, 0 }

void strbuf_add(struct strbuf *s, const void *data, size_t len);
void strbuf_add_str(struct strbuf *s, const char *str);
void strbuf_add_char(struct strbuf *s, char c);
void strbuf_addf(struct strbuf *s, const char *format, ...) attr_printf(2, 3);

/* Add str with its control characters, DEL and those of UTF-8 included, as \xNN: safe on a terminal
 * and one line. */
void strbuf_add_escaped(struct strbuf *s, const char *str);

/* Make room for len more bytes at buf + len (besides the NUL); the caller then adds to len. */
char *strbuf_reserve(struct strbuf *s, size_t len);

/* Add all that can be read from fd: 0, -EFBIG when that is more than max bytes, or another negative errno. */
int strbuf_read(struct strbuf *s, int fd, size_t max);

/* The string, "" when empty; owned by s. */
const char *strbuf_str(const struct strbuf *s);
/* Hand the string to the caller, who frees it; s is empty again. Never NULL. */
char *strbuf_detach(struct strbuf *s);
/* Empty it, keeping the memory. */
void strbuf_clear(struct strbuf *s);
void strbuf_done(struct strbuf *s);

#define cleanup_strbuf __attribute__((cleanup(strbuf_done)))
