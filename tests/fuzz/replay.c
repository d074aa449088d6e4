/* SPDX-License-Identifier: MIT */
/* replay: run a fuzz target once on each file that is named, without a fuzzer. */
#include "fuzz.h"

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static int replay(const char *path)
{
	cleanup_free uint8_t *data = xmalloc(1 << 20);
	cleanup_fclose FILE *f = fopen(path, "re");
	size_t n;

	if (!f) {
		perror(path);
		return 1;
	}
	n = fread(data, 1, 1 << 20, f);
	/* A buffer of just this size, so that the sanitizer sees a read behind it. */
	data = xreallocarray(data, n ? n : 1, 1);
	LLVMFuzzerTestOneInput(data, n);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	return failed;
}
