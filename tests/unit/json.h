/* SPDX-License-Identifier: MIT */
/* json: documents in tests are written with ' for ". */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* The caller frees. */
static inline char *with_quotes(const char *text)
{
	char *copy = xstrdup(text);

	for (char *p = copy; *p; p++) {
		if (*p == '\'')
			*p = '"';
	}
	return copy;
}
