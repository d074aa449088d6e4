/* SPDX-License-Identifier: MIT */
#include "base/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

char *strbuf_reserve(struct strbuf *s, size_t len)
{
	size_t need = s->len + len + 1;

	if (need > s->alloc) {
		size_t size = s->alloc * 2 > need ? s->alloc * 2 : need;

		if (size < 64)
			size = 64;
		s->buf = xreallocarray(s->buf, size, 1);
		s->alloc = size;
	}
	s->buf[s->len] = '\0';
	return s->buf + s->len;
}

void strbuf_add(struct strbuf *s, const void *data, size_t len)
{
	char *end = strbuf_reserve(s, len);

	if (len > 0)
		memcpy(end, data, len);
	s->len += len;
	s->buf[s->len] = '\0';
}

void strbuf_add_str(struct strbuf *s, const char *str)
{
	strbuf_add(s, str, strlen(str));
}

void strbuf_add_char(struct strbuf *s, char c)
{
	strbuf_add(s, &c, 1);
}

void strbuf_addf(struct strbuf *s, const char *format, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = xvasprintf(format, ap);
	va_end(ap);
	strbuf_add_str(s, text);
}

void strbuf_add_escaped(struct strbuf *s, const char *str)
{
	for (; *str; str++) {
		unsigned char c = (unsigned char)str[0], next = (unsigned char)str[1];

		if (c < 0x20 || c == 0x7f) {
			strbuf_addf(s, "\\x%02x", c);
		} else if (c == 0xc2 && next >= 0x80 && next <= 0x9f) {
			strbuf_addf(s, "\\x%02x\\x%02x", c, next); /* C1 in UTF-8: U+009B is CSI */
			str++;
		} else {
			strbuf_add_char(s, *str);
		}
	}
}

int strbuf_read(struct strbuf *s, int fd, size_t max)
{
	size_t start = s->len;

	for (;;) {
		ssize_t n = read(fd, strbuf_reserve(s, 65536), 65536);

		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		s->len += (size_t)n;
		s->buf[s->len] = '\0';
		if (s->len - start > max)
			return -EFBIG;
	}
}

const char *strbuf_str(const struct strbuf *s)
{
	return s->buf ? s->buf : "";
}

char *strbuf_detach(struct strbuf *s)
{
	char *str;

	strbuf_reserve(s, 0);
	str = s->buf;
	*s = (struct strbuf)STRBUF_INIT;
	return str;
}

void strbuf_clear(struct strbuf *s)
{
	s->len = 0;
	if (s->buf)
		s->buf[0] = '\0';
}

void strbuf_done(struct strbuf *s)
{
	int saved = errno;

	free(s->buf);
	errno = saved;
	*s = (struct strbuf)STRBUF_INIT;
}
