/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *data, size_t len)
{
	const unsigned char *in = data;
	char *text = xmalloc((len + 2) / 3 * 4 + 1), *out = text;

	for (size_t i = 0; i < len; i += 3) {
		unsigned left = len - i < 3 ? (unsigned)(len - i) : 3;
		unsigned bits = (unsigned)in[i] << 16;

		bits |= left > 1 ? (unsigned)in[i + 1] << 8 : 0;
		bits |= left > 2 ? (unsigned)in[i + 2] : 0;
		for (unsigned n = 0; n < 4; n++)
			*out++ = n <= left ? digits[bits >> (18 - 6 * n) & 63] : '=';
	}
	*out = '\0';
	return text;
}

static int digit_value(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -EINVAL;
}

int base64_decode(const char *text, char **ret)
{
	size_t n = strlen(text), padding = 0, len = 0;
	cleanup_free char *out = NULL;
	unsigned bits = 0;

	while (n > 0 && padding < 2 && text[n - 1] == '=') {
		padding++;
		n--;
	}
	if ((n + padding) % 4 != 0 || n == 0)
		return n + padding == 0 ? (*ret = xstrdup(""), 0) : -EINVAL;
	out = xmalloc((n + padding) / 4 * 3 + 1);
	for (size_t i = 0; i < n; i++) {
		int value = digit_value(text[i]);

		if (value < 0)
			return value;
		bits = bits << 6 | (unsigned)value;
		if (i % 4 != 0)
			out[len++] = (char)(bits >> (2 * (3 - i % 4)) & 255);
	}
	if (memchr(out, 0, len))
		return -EINVAL;
	out[len] = '\0';
	*ret = TAKE_PTR(out);
	return 0;
}
