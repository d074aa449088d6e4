/* SPDX-License-Identifier: MIT */
#include "oci/image.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

/* Who is asked, for what. */
struct source {
	image_fetch fetch;
	void *data;
	const struct platform *wanted;
};

static int verify(const struct descriptor *d, const struct strbuf *bytes, char **ret_message)
{
	cleanup_hasher struct hasher *hasher = NULL;
	struct digest digest;

	if (bytes->len != d->size)
		return message_set(ret_message, -EBADMSG, "it has %zu bytes and not %llu",
				   bytes->len, (unsigned long long)d->size);
	hasher = hasher_new(d->digest.algorithm);
	hasher_update(hasher, strbuf_str(bytes), bytes->len);
	hasher_finish(hasher, &digest);
	if (!digest_equal(&digest, &d->digest))
		return message_set(ret_message, -EBADMSG, "its bytes are not those of this digest");
	return 0;
}

static int fetch_verified(const struct source *source, const struct descriptor *d, size_t max,
			  struct strbuf *ret, char **ret_message)
{
	int r;

	if (d->size > max)
		return message_set(ret_message, -E2BIG, "it has more than %zu bytes", max);
	r = source->fetch(d, ret, source->data, ret_message);
	return r < 0 ? r : verify(d, ret, ret_message);
}

/* A document on the way down, and its bytes. */
struct level {
	struct document document;
	struct strbuf text;
};

/* From what was asked for to the manifest. */
struct chain {
	struct level levels[DOCUMENT_DEPTH_MAX + 1];
	size_t n;
	const struct descriptor *last; /* of the manifest; a level's, or the caller's */
};

static void chain_done(struct chain *chain)
{
	for (size_t i = 0; i < chain->n; i++) {
		document_done(&chain->levels[i].document);
		strbuf_done(&chain->levels[i].text);
	}
}

static int read_level(const struct source *source, const struct descriptor *d, struct level *ret,
		      char **ret_message)
{
	int r = fetch_verified(source, d, DOCUMENT_SIZE_MAX, &ret->text, ret_message);

	return r < 0 ? r
		     : document_parse(strbuf_str(&ret->text), ret->text.len, d->type_text,
				      &ret->document, ret_message);
}

static int read_config(const struct source *source, const struct descriptor *d, struct image *ret,
		       char **ret_message)
{
	struct strbuf *text = &ret->config_text;
	int r = fetch_verified(source, d, IMAGE_CONFIG_SIZE_MAX, text, ret_message);

	return r < 0 ? r
		     : image_config_parse(strbuf_str(text), text->len, &ret->config, ret_message);
}

static int in_document(const char *what, const struct descriptor *d, int r, char **ret_message)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_text(&d->digest, digest);
	return message_prefix(ret_message, r, "%s %s: ", what, digest);
}

/* Down to the manifest, chain->last. */
static int find_manifest(const struct source *source, const struct descriptor *d,
			 struct chain *chain, char **ret_message)
{
	while (chain->n < ARRAY_SIZE(chain->levels)) {
		struct level *level = &chain->levels[chain->n++];
		int r = read_level(source, d, level, ret_message);

		if (r < 0)
			return in_document("document", d, r, ret_message);
		if (level->document.kind == MEDIA_MANIFEST) {
			chain->last = d;
			return 0;
		}
		r = index_choose(&level->document.index, source->wanted, &d, ret_message);
		if (r < 0)
			return in_document("image index", d, r, ret_message);
	}
	return message_set(ret_message, -ELOOP, "more than %d image indexes lead to each other",
			   DOCUMENT_DEPTH_MAX);
}

/* What of the chain is the image's. */
static void take(struct chain *chain, const struct descriptor *top, struct image *image)
{
	struct level *last = &chain->levels[chain->n - 1];

	image->top = top->digest;
	strbuf_add(&image->top_text, strbuf_str(&chain->levels[0].text), chain->levels[0].text.len);
	image->manifest_text = last->text;
	last->text = (struct strbuf)STRBUF_INIT;
	image->manifest = last->document.manifest;
	image->type_text =
		xstrdup(last->document.type_text ? last->document.type_text : MEDIA_TYPE_MANIFEST);
	last->document.manifest = (struct manifest){ .layers = { NULL, 0 } };
}

static int finish(const struct source *source, struct chain *chain, struct image *image,
		  char **ret_message)
{
	const struct descriptor *d = chain->last;
	const struct manifest *manifest = &chain->levels[chain->n - 1].document.manifest;
	int r = read_config(source, &manifest->config, image, ret_message);

	image->digest = d->digest;
	if (r < 0)
		return in_document("image configuration", &manifest->config, r, ret_message);
	r = image_config_check(&image->config, manifest, source->wanted, ret_message);
	return r < 0 ? in_document("image manifest", d, r, ret_message) : 0;
}

int image_resolve(const struct descriptor *top, const struct platform *wanted, image_fetch fetch,
		  void *data, struct image *ret, char **ret_message)
{
	const struct source source = { fetch, data, wanted };
	cleanup_(chain_done) struct chain chain = { .n = 0 };
	cleanup_image struct image image = IMAGE_INIT;
	int r = find_manifest(&source, top, &chain, ret_message);

	if (r == 0)
		r = finish(&source, &chain, &image, ret_message);
	if (r < 0)
		return r;
	take(&chain, top, &image);
	*ret = image;
	image = (struct image)IMAGE_INIT;
	return 0;
}

void image_done(struct image *image)
{
	manifest_done(&image->manifest);
	image_config_done(&image->config);
	free(image->type_text);
	free(image->tag);
	free(image->reference);
	strbuf_done(&image->top_text);
	strbuf_done(&image->manifest_text);
	strbuf_done(&image->config_text);
	*image = (struct image)IMAGE_INIT;
}
