/* SPDX-License-Identifier: MIT */
#include "oci/descriptor.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

static int parse_digest(const json_t *object, struct descriptor *d, char **ret_message)
{
	const char *text;
	int r = json_get_string(object, "digest", &text, ret_message);

	if (r < 0)
		return r;
	if (!text)
		return message_set(ret_message, -EINVAL, "it has no 'digest'");
	r = digest_parse(text, &d->digest);
	if (r == -ENOTSUP)
		return message_set(ret_message, r,
				   "the algorithm of digest '%.100s' is not supported", text);
	return r < 0 ? message_set(ret_message, r, "'%.200s' is no digest", text) : 0;
}

static int parse_platform(const json_t *object, struct descriptor *d, char **ret_message)
{
	const char *os, *architecture, *variant;
	json_t *platform;
	int r = json_get(object, "platform", JSON_OBJECT, &platform, ret_message);

	if (r < 0 || !platform)
		return r;
	r = json_get_string(platform, "os", &os, ret_message);
	if (r == 0)
		r = json_get_string(platform, "architecture", &architecture, ret_message);
	if (r == 0)
		r = json_get_string(platform, "variant", &variant, ret_message);
	if (r < 0)
		return message_prefix(ret_message, r, "platform: ");
	platform_set(&d->platform, os, architecture, variant);
	d->has_platform = os || architecture;
	return 0;
}

static int parse_annotations(const json_t *object, struct descriptor *d, char **ret_message)
{
	const char *ref_name, *image_name, *reference_type;
	json_t *annotations;
	int r = json_get(object, "annotations", JSON_OBJECT, &annotations, ret_message);

	if (r < 0 || !annotations)
		return r;
	r = json_get_string(annotations, "org.opencontainers.image.ref.name", &ref_name,
			    ret_message);
	if (r == 0)
		r = json_get_string(annotations, "io.containerd.image.name", &image_name,
				    ret_message);
	if (r == 0)
		r = json_get_string(annotations, "vnd.docker.reference.type", &reference_type,
				    ret_message);
	if (r < 0)
		return r;
	replace_str(&d->ref_name, ref_name);
	replace_str(&d->image_name, image_name);
	d->is_attestation = reference_type != NULL;
	return 0;
}

static int parse_members(const json_t *object, struct descriptor *d, char **ret_message)
{
	const char *type;
	int r = json_get_string(object, "mediaType", &type, ret_message);

	if (r < 0)
		return r;
	if (!type)
		return message_set(ret_message, -EINVAL, "it has no 'mediaType'");
	d->type = media_type_parse(type);
	d->type_text = xstrdup(type);
	r = parse_digest(object, d, ret_message);
	if (r < 0)
		return r;
	d->size = UINT64_MAX;
	r = json_get_integer(object, "size", &d->size, ret_message);
	if (r == 0 && d->size == UINT64_MAX)
		r = message_set(ret_message, -EINVAL, "it has no 'size'");
	if (r == 0)
		r = parse_platform(object, d, ret_message);
	return r < 0 ? r : parse_annotations(object, d, ret_message);
}

int descriptor_parse(const json_t *object, struct descriptor *ret, char **ret_message)
{
	cleanup_descriptor struct descriptor d = { .type_text = NULL };
	int r;

	if (!json_is_object(object))
		return message_set(ret_message, -EINVAL, "it is no object");
	r = parse_members(object, &d, ret_message);
	if (r < 0)
		return r;
	*ret = d;
	d = (struct descriptor){ .type_text = NULL };
	return 0;
}

void descriptor_done(struct descriptor *d)
{
	free(d->type_text);
	platform_done(&d->platform);
	free(d->ref_name);
	free(d->image_name);
	*d = (struct descriptor){ .type_text = NULL };
}

int descriptors_parse(const json_t *object, const char *name, const char *what,
		      struct descriptors *ret, char **ret_message)
{
	cleanup_descriptors struct descriptors list = { NULL, 0 };
	json_t *array;
	int r = json_get(object, name, JSON_ARRAY, &array, ret_message);
	size_t n = array ? json_array_size(array) : 0;

	if (r < 0)
		return r;
	if (n > DESCRIPTORS_MAX)
		return message_set(ret_message, -E2BIG, "'%s' has more than %d entries", name,
				   DESCRIPTORS_MAX);
	list.v = xcalloc(n + 1, sizeof(*list.v));
	for (; list.n < n; list.n++) {
		r = descriptor_parse(json_array_get(array, list.n), &list.v[list.n], ret_message);
		if (r < 0)
			return message_prefix(ret_message, r, "%s %zu: ", what, list.n + 1);
	}
	*ret = list;
	list = (struct descriptors){ NULL, 0 };
	return 0;
}

void descriptors_done(struct descriptors *list)
{
	for (size_t i = 0; i < list->n; i++)
		descriptor_done(&list->v[i]);
	free(list->v);
	*list = (struct descriptors){ NULL, 0 };
}
