/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "registry/challenge.h"

static void check(const struct challenges *list)
{
	PROPERTY(list->n <= CHALLENGES_MAX);
	for (size_t i = 0; i < list->n; i++) {
		const struct challenge *c = &list->v[i];
		const char *const all[] = { c->scheme, c->realm, c->service, c->scope, c->error };

		PROPERTY(*c->scheme);
		PROPERTY(challenges_find(list, c->scheme));
		for (size_t j = 0; j < ARRAY_SIZE(all); j++)
			PROPERTY(!all[j] || !strpbrk(all[j], "\r\n"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = input_text(data, size);
	cleanup_challenges struct challenges list = CHALLENGES_INIT;

	if (!text)
		return 0;
	for (int i = 0; i < 2; i++) {
		size_t before = list.n;

		if (challenges_add(&list, text) < 0)
			PROPERTY(list.n == before);
		check(&list);
	}
	return 0;
}
