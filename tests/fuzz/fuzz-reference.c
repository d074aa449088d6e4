/* SPDX-License-Identifier: MIT */
/* The first line is the default registry, the rest a reference. What is accepted has no byte that means
 * something in a path or a URL, and is the same again when its text is parsed. */
#include "fuzz.h"

#include "oci/reference.h"

#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool has_only(const char *s, const char *accepted)
{
	return *s && s[strspn(s, accepted)] == '\0' && !strstr(s, "..");
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

static void check(const struct reference *ref)
{
	cleanup_reference struct reference again = REFERENCE_INIT;
	cleanup_free char *text = reference_text(ref);

	PROPERTY(has_only(ref->registry, ALPHANUMERIC "-.:[]"));
	PROPERTY(has_only(ref->repository, ALPHANUMERIC "-._/"));
	PROPERTY(ref->repository[0] != '/' && !has_suffix(ref->repository, "/"));
	PROPERTY(ref->tag || ref->has_digest);
	PROPERTY(!ref->tag || ref->tag[strspn(ref->tag, ALPHANUMERIC "-._")] == '\0');
	PROPERTY(!ref->tag || (ref->tag[0] != '.' && ref->tag[0] != '-'));
	PROPERTY(reference_parse(text, "default.example", &again) == 0);
	PROPERTY(streq(again.registry, ref->registry) && streq(again.repository, ref->repository));
	PROPERTY(is_same(again.tag, ref->tag) && again.has_digest == ref->has_digest);
	PROPERTY(!ref->has_digest || digest_equal(&again.digest, &ref->digest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_reference struct reference ref = REFERENCE_INIT;
	cleanup_free char *input = input_text(data, size);
	char *newline = input ? strchr(input, '\n') : NULL;

	if (!newline)
		return 0;
	*newline = '\0';
	if (reference_parse(newline + 1, *input ? input : NULL, &ref) == 0)
		check(&ref);
	return 0;
}
