/* SPDX-License-Identifier: MIT */
/* The second look at a tar stream comes to the same verdict however the bytes arrive. */
#include "fuzz.h"

#include "layer/strict.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static struct strict *look(const uint8_t *data, size_t size, size_t step)
{
	struct strict *s = strict_new();

	for (size_t i = 0; i < size; i += step)
		strict_add(s, data + i, size - i < step ? size - i : step);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strict *whole, *pieces;
	const char *a, *b;

	if (size < 1 || size > 256 * 1024)
		return 0;
	whole = look(data, size, size);
	pieces = look(data, size, data[size - 1] % 64 + 1);
	a = strict_wrong(whole);
	b = strict_wrong(pieces);
	PROPERTY(!a == !b && (!a || strcmp(a, b) == 0));
	strict_free(whole);
	strict_free(pieces);
	return 0;
}
