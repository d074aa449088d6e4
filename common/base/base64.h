/* SPDX-License-Identifier: MIT */
/* base64: RFC 4648, section 4. Silent. */
#pragma once

#include <stddef.h>

/* With padding, on one line; the caller frees. */
char *base64_encode(const void *data, size_t len);

/* -EINVAL for what is not padded base64, or stands for a NUL byte. The caller frees the string. */
int base64_decode(const char *text, char **ret);
