/* SPDX-License-Identifier: MIT */
#include "oci/document.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

static bool has(const json_t *object, const char *name)
{
	return json_object_get(object, name) != NULL;
}

static int refuse_schema_1(char **ret_message)
{
	return message_set(
		ret_message, -ENOTSUP,
		"it is of Docker's schema 1, which nothing can be verified with; push the image anew "
		"with a current docker, podman or skopeo");
}

/* Both names of the other kind's members are none of this one's. */
static int kind_by_shape(const json_t *object, enum media_kind *ret, char **ret_message)
{
	bool is_index = has(object, "manifests"),
	     is_manifest = has(object, "layers") || has(object, "config");

	if (is_index && is_manifest)
		return message_set(ret_message, -EINVAL,
				   "it is both an image index and an image manifest");
	if (!is_index && !is_manifest)
		return message_set(ret_message, -EINVAL,
				   "it is neither an image index nor an image manifest");
	*ret = is_index ? MEDIA_INDEX : MEDIA_MANIFEST;
	return 0;
}

static int check_version(const json_t *object, char **ret_message)
{
	uint64_t version = 0;
	int r = json_get_integer(object, "schemaVersion", &version, ret_message);

	if (r < 0)
		return r;
	if (version == 1 || has(object, "fsLayers") || has(object, "signatures"))
		return refuse_schema_1(ret_message);
	return version == 2 ? 0 : message_set(ret_message, -EINVAL, "its 'schemaVersion' is not 2");
}

static int check_kind(const char *type, enum media_kind kind, char **ret_message)
{
	enum media_kind said = media_type_parse(type).kind;

	if (said == MEDIA_SCHEMA_1)
		return refuse_schema_1(ret_message);
	if (said == MEDIA_UNKNOWN || said == kind)
		return 0;
	return message_set(ret_message, -EINVAL, "it is called %s, and is %s",
			   media_kind_text(said), media_kind_text(kind));
}

static int find_kind(const json_t *object, const char *type, struct document *d, char **ret_message)
{
	const char *own_type;
	int r = check_version(object, ret_message);

	if (r == 0)
		r = json_get_string(object, "mediaType", &own_type, ret_message);
	if (r == 0)
		r = kind_by_shape(object, &d->kind, ret_message);
	if (r < 0)
		return r;
	if (own_type && media_type_parse(own_type).kind == MEDIA_UNKNOWN)
		return message_set(ret_message, -ENOTSUP, "its type '%.200s' is not known",
				   own_type);
	r = check_kind(own_type, d->kind, ret_message);
	if (r == 0)
		r = check_kind(type, d->kind, ret_message);
	if (r == 0)
		replace_str(&d->type_text, own_type);
	return r;
}

int document_parse(const char *text, size_t len, const char *type, struct document *ret,
		   char **ret_message)
{
	cleanup_document struct document d = DOCUMENT_INIT;
	cleanup_json json_t *object = NULL;
	int r = json_read(text, len, DOCUMENT_SIZE_MAX, &object, ret_message);

	if (r < 0)
		return r;
	if (!json_is_object(object))
		return message_set(ret_message, -EINVAL, "it is no object");
	r = find_kind(object, type, &d, ret_message);
	if (r < 0)
		return r;
	if (d.kind == MEDIA_INDEX)
		r = index_parse(object, &d.index, ret_message);
	else
		r = manifest_parse(object, &d.manifest, ret_message);
	if (r < 0)
		return r;
	*ret = d;
	d = (struct document)DOCUMENT_INIT;
	return 0;
}

void document_done(struct document *d)
{
	index_done(&d->index);
	manifest_done(&d->manifest);
	free(d->type_text);
	*d = (struct document)DOCUMENT_INIT;
}
