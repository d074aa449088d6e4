/* SPDX-License-Identifier: MIT */
/* The first line is the type that the other side names, the rest an index or a manifest. What is accepted
 * is within bounds, and what is chosen from it is in it and could be an image. */
#include "fuzz.h"

#include "oci/document.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	PROPERTY(json_load() == 0);
	return 0;
}

static void check_descriptor(const struct descriptor *d)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest again;

	digest_text(&d->digest, text);
	PROPERTY(digest_parse(text, &again) == 0 && digest_equal(&again, &d->digest));
	PROPERTY(d->size <= JSON_INTEGER_MAX && d->type_text);
}

static void check_choice(const struct index *index, const char *platform)
{
	cleanup_platform struct platform wanted = PLATFORM_INIT;
	cleanup_free char *message = NULL;
	const struct descriptor *got = NULL;

	PROPERTY(platform_parse(platform, &wanted) == 0);
	if (index_choose(index, &wanted, &got, &message) < 0) {
		PROPERTY(message && !got);
		return;
	}
	PROPERTY(got >= index->manifests.v && got < index->manifests.v + index->manifests.n);
	PROPERTY(got->type.kind == MEDIA_INDEX || got->type.kind == MEDIA_MANIFEST);
	PROPERTY(!got->has_platform || platform_fit(&got->platform, &wanted) > 0);
}

static void check_manifest(const struct manifest *m)
{
	PROPERTY(m->layers.n > 0 && m->layers.n <= DESCRIPTORS_MAX &&
		 m->config.type.kind == MEDIA_CONFIG);
	check_descriptor(&m->config);
	for (size_t i = 0; i < m->layers.n; i++) {
		check_descriptor(&m->layers.v[i]);
		PROPERTY(m->layers.v[i].type.kind == MEDIA_LAYER);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_document struct document d = DOCUMENT_INIT;
	cleanup_free char *type = NULL, *message = NULL;
	const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t len;

	if (!newline)
		return 0;
	type = xstrndup((const char *)data, (size_t)(newline - data));
	len = size - (size_t)(newline + 1 - data);
	if (document_parse((const char *)newline + 1, len, *type ? type : NULL, &d, &message) < 0) {
		PROPERTY(message && d.kind == MEDIA_UNKNOWN);
		return 0;
	}
	PROPERTY(!message && (d.kind == MEDIA_INDEX || d.kind == MEDIA_MANIFEST));
	if (d.kind == MEDIA_MANIFEST) {
		check_manifest(&d.manifest);
		return 0;
	}
	for (size_t i = 0; i < d.index.manifests.n; i++)
		check_descriptor(&d.index.manifests.v[i]);
	check_choice(&d.index, "linux/amd64");
	check_choice(&d.index, "linux/arm/v7");
	return 0;
}
