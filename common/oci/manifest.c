/* SPDX-License-Identifier: MIT */
#include "oci/manifest.h"

#include <errno.h>

static int check_type(const struct descriptor *d, enum media_kind kind, char **ret_message)
{
	if (d->type.kind == kind)
		return 0;
	return message_set(ret_message, -ENOTSUP, "'%.200s' is not the type of %s", d->type_text,
			   kind == MEDIA_LAYER ? "a layer of a root filesystem"
					       : media_kind_text(kind));
}

static int parse_config(const json_t *object, struct manifest *m, char **ret_message)
{
	json_t *config;
	int r = json_get(object, "config", JSON_OBJECT, &config, ret_message);

	if (r < 0)
		return r;
	if (!config)
		return message_set(ret_message, -EINVAL, "it has no 'config'");
	r = descriptor_parse(config, &m->config, ret_message);
	if (r == 0)
		r = check_type(&m->config, MEDIA_CONFIG, ret_message);
	return r < 0 ? message_prefix(ret_message, r, "config: ") : 0;
}

static int parse_layers(const json_t *object, struct manifest *m, char **ret_message)
{
	int r = descriptors_parse(object, "layers", "layer", &m->layers, ret_message);

	if (r < 0)
		return r;
	if (m->layers.n == 0)
		return message_set(ret_message, -EINVAL, "it has no layers");
	for (size_t i = 0; i < m->layers.n; i++) {
		r = check_type(&m->layers.v[i], MEDIA_LAYER, ret_message);
		if (r < 0)
			return message_prefix(ret_message, r, "layer %zu: ", i + 1);
	}
	return 0;
}

int manifest_parse(const json_t *object, struct manifest *ret, char **ret_message)
{
	cleanup_manifest struct manifest m = { .layers = { NULL, 0 } };
	int r = parse_config(object, &m, ret_message);

	if (r == 0)
		r = parse_layers(object, &m, ret_message);
	if (r < 0)
		return r;
	*ret = m;
	m = (struct manifest){ .layers = { NULL, 0 } };
	return 0;
}

void manifest_done(struct manifest *m)
{
	descriptor_done(&m->config);
	descriptors_done(&m->layers);
}
