/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/kvfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = input_text(data, size), *once = NULL, *twice = NULL;
	cleanup_kvfile struct kvfile kv = KVFILE_INIT, again = KVFILE_INIT;
	unsigned line = 0;

	if (!text)
		return 0;
	if (kvfile_parse(&kv, text, &line) < 0) {
		PROPERTY(line > 0);
		return 0;
	}
	once = kvfile_format(&kv);
	PROPERTY(kvfile_parse(&again, once, &line) == 0);
	PROPERTY(again.n == kv.n);
	for (size_t i = 0; i < kv.n; i++) {
		PROPERTY(i == 0 || strcmp(kv.pairs[i - 1].key, kv.pairs[i].key) < 0);
		PROPERTY(streq(kvfile_get(&again, kv.pairs[i].key), kv.pairs[i].value));
	}
	twice = kvfile_format(&again);
	PROPERTY(streq(once, twice));
	return 0;
}
