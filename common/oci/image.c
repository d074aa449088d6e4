/* SPDX-License-Identifier: MIT */
#include "oci/image.h"

#include <errno.h>

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

static int read_document(const struct source *source, const struct descriptor *d,
			 struct document *ret, char **ret_message)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	int r = fetch_verified(source, d, DOCUMENT_SIZE_MAX, &text, ret_message);

	return r < 0 ? r
		     : document_parse(strbuf_str(&text), text.len, d->type_text, ret, ret_message);
}

static int read_config(const struct source *source, const struct descriptor *d,
		       struct image_config *ret, char **ret_message)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	int r = fetch_verified(source, d, IMAGE_CONFIG_SIZE_MAX, &text, ret_message);

	return r < 0 ? r : image_config_parse(strbuf_str(&text), text.len, ret, ret_message);
}

static int in_document(const char *what, const struct descriptor *d, int r, char **ret_message)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_text(&d->digest, digest);
	return message_prefix(ret_message, r, "%s %s: ", what, digest);
}

/* Down to the manifest. What is found on the way is owned by the levels. */
static int find_manifest(const struct source *source, const struct descriptor *d,
			 struct document *levels, const struct descriptor **ret,
			 struct document **ret_document, char **ret_message)
{
	for (size_t i = 0; i <= DOCUMENT_DEPTH_MAX; i++) {
		int r = read_document(source, d, &levels[i], ret_message);

		if (r < 0)
			return in_document("document", d, r, ret_message);
		if (levels[i].kind == MEDIA_MANIFEST) {
			*ret = d;
			*ret_document = &levels[i];
			return 0;
		}
		r = index_choose(&levels[i].index, source->wanted, &d, ret_message);
		if (r < 0)
			return in_document("image index", d, r, ret_message);
	}
	return message_set(ret_message, -ELOOP, "more than %d image indexes lead to each other",
			   DOCUMENT_DEPTH_MAX);
}

static int finish(const struct source *source, const struct descriptor *d,
		  struct document *document, struct image *ret, char **ret_message)
{
	cleanup_image struct image image = { .digest = d->digest };
	int r = read_config(source, &document->manifest.config, &image.config, ret_message);

	if (r < 0)
		return in_document("image configuration", &document->manifest.config, r,
				   ret_message);
	r = image_config_check(&image.config, &document->manifest, source->wanted, ret_message);
	if (r < 0)
		return in_document("image manifest", d, r, ret_message);
	image.manifest = document->manifest;
	*document = (struct document)DOCUMENT_INIT;
	*ret = image;
	image = (struct image)IMAGE_INIT;
	return 0;
}

int image_resolve(const struct descriptor *top, const struct platform *wanted, image_fetch fetch,
		  void *data, struct image *ret, char **ret_message)
{
	const struct source source = { fetch, data, wanted };
	struct document levels[DOCUMENT_DEPTH_MAX + 1] = { 0 }, *document;
	const struct descriptor *d;
	int r = find_manifest(&source, top, levels, &d, &document, ret_message);

	if (r == 0)
		r = finish(&source, d, document, ret, ret_message);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		document_done(&levels[i]);
	return r;
}

void image_done(struct image *image)
{
	manifest_done(&image->manifest);
	image_config_done(&image->config);
}
