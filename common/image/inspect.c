/* SPDX-License-Identifier: MIT */
#include "image/inspect.h"

#include "base/cleanup.h"
#include "base/jsonread.h"
#include "base/log.h"

static json_t *digest_json(const struct digest *d)
{
	char text[DIGEST_TEXT_SIZE];

	digest_text(d, text);
	return json_text(text);
}

static json_t *platform_json(const struct platform *p)
{
	json_t *o = json_object();

	json_object_set_new(o, "os", json_text(p->os));
	json_object_set_new(o, "architecture", json_text(p->architecture));
	json_object_set_new(o, "variant", json_text(p->variant));
	return o;
}

/* What the manifest says of a layer, which a docker archive has none for. */
static json_t *layer_json(const struct manifest *manifest, const struct image_config *config,
			  size_t i)
{
	const struct descriptor *d = manifest ? &manifest->layers.v[i] : NULL;
	json_t *o = json_object();

	json_object_set_new(o, "mediaType", json_text(d ? d->type_text : NULL));
	json_object_set_new(o, "digest", d ? digest_json(&d->digest) : json_null());
	json_object_set_new(o, "size", d ? json_integer((json_int_t)d->size) : json_null());
	json_object_set_new(o, "diff_id", digest_json(&config->diff_ids[i]));
	return o;
}

/* A document that was parsed before. */
static int add_document(json_t *o, const char *member, const struct strbuf *text)
{
	cleanup_free char *message = NULL;
	json_t *value;
	int r = json_read(strbuf_str(text), text->len, text->len, &value, &message);

	if (r < 0)
		return log_error_code(r, "cannot read the %s: %s", member, message);
	json_object_set_new(o, member, value);
	return 0;
}

static int add_documents(const struct found *found, const struct image *image, json_t *o)
{
	bool has_index = image && !digest_equal(&image->top, &image->digest);
	int r = 0;

	json_object_set_new(o, "index", has_index ? digest_json(&image->top) : json_null());
	json_object_set_new(o, "manifest", json_null());
	if (image)
		r = add_document(o, "manifest", &image->manifest_text);
	return r < 0 ? r
		     : add_document(o, "config",
				    image ? &image->config_text : &found->local.docker.config_text);
}

int inspect_json(const struct found *found, json_t **ret)
{
	const struct image *image = found_image(found);
	const struct image_config *config = image ? &image->config : &found->local.docker.config;
	cleanup_json json_t *o = json_object();
	json_t *layers = json_array();
	int r;

	json_object_set_new(o, "reference", json_text(found->text));
	json_object_set_new(o, "digest", image ? digest_json(&image->digest) : json_null());
	json_object_set_new(o, "mediaType", json_text(image ? image->type_text : NULL));
	json_object_set_new(o, "platform", platform_json(&config->platform));
	r = add_documents(found, image, o);
	for (size_t i = 0; i < config->n_diff_ids; i++)
		json_array_append_new(layers,
				      layer_json(image ? &image->manifest : NULL, config, i));
	json_object_set_new(o, "layers", layers);
	if (r >= 0)
		*ret = TAKE_PTR(o);
	return r;
}
