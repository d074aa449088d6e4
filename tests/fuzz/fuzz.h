/* SPDX-License-Identifier: MIT */
/* fuzz: what every target includes. A property that does not hold is told by abort(). */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define PROPERTY(condition)       \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* The input as text; NULL when it has a NUL, which no reader of ours passes on. */
__attribute__((unused)) static char *input_text(const uint8_t *data, size_t size)
{
	return size > 0 && memchr(data, 0, size) ? NULL : xstrndup((const char *)data, size);
}

/* Messages about bad input are of no interest here. (The sanitizers write to descriptor 2.) */
__attribute__((unused)) static void discard_messages(void)
{
	FILE *null = fopen("/dev/null", "we");

	if (null)
		stderr = null;
}
