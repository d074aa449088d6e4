/* SPDX-License-Identifier: MIT */
#include "oci/docker_archive.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "container/value.h"
#include "layer/layer.h"
#include "oci/reference.h"

/* --- manifest.json -------------------------------------------------------------------------------- */

static int check_path(const char *path, char **ret_message)
{
	cleanup_free char *absolute = xasprintf("/%s", path);

	if (*path && strlen(absolute) < PATH_MAX && !check_absolute_path(absolute))
		return 0;
	return message_set(ret_message, -EINVAL, "'%.200s' is no path of a file", path);
}

static void entry_done(struct docker_archive_entry *entry)
{
	free(entry->config);
	strv_done(&entry->tags);
	strv_done(&entry->layers);
}

/* Fills the entry as far as it gets. */
static int parse_entry(const json_t *object, struct docker_archive_entry *entry, char **ret_message)
{
	const char *config;
	int r;

	if (!json_is_object(object))
		return message_set(ret_message, -EINVAL, "it is no object");
	r = json_get_string(object, "Config", &config, ret_message);
	if (r == 0 && !config)
		r = message_set(ret_message, -EINVAL, "it has no 'Config'");
	if (r == 0)
		r = check_path(config, ret_message);
	if (r < 0)
		return r;
	entry->config = xstrdup(config);
	r = json_get_strv(object, "RepoTags", DESCRIPTORS_MAX, 1024, &entry->tags, ret_message);
	if (r == 0)
		r = json_get_strv(object, "Layers", DESCRIPTORS_MAX, PATH_MAX, &entry->layers,
				  ret_message);
	if (r < 0)
		return r;
	STRV_FOREACH (path, &entry->layers) {
		r = check_path(path, ret_message);
		if (r < 0)
			return r;
	}
	if (entry->layers.n == 0)
		return message_set(ret_message, -EINVAL, "it has no layers");
	return 0;
}

int docker_archive_parse(const char *text, size_t len, struct docker_archive *ret,
			 char **ret_message)
{
	cleanup_docker_archive struct docker_archive archive = { NULL, 0 };
	cleanup_json json_t *array = NULL;
	int r = json_read(text, len, IMAGE_CONFIG_SIZE_MAX, &array, ret_message);
	size_t n;

	if (r < 0)
		return r;
	if (!json_is_array(array))
		return message_set(ret_message, -EINVAL, "it is no list");
	n = json_array_size(array);
	if (n > DOCKER_ARCHIVE_IMAGES_MAX)
		return message_set(ret_message, -E2BIG, "it has more than %d images",
				   DOCKER_ARCHIVE_IMAGES_MAX);
	archive.v = xcalloc(n + 1, sizeof(*archive.v));
	while (archive.n < n) {
		size_t i = archive.n++;

		r = parse_entry(json_array_get(array, i), &archive.v[i], ret_message);
		if (r < 0)
			return message_prefix(ret_message, r, "image %zu: ", i + 1);
	}
	*ret = archive;
	archive = (struct docker_archive){ NULL, 0 };
	return 0;
}

void docker_archive_done(struct docker_archive *archive)
{
	for (size_t i = 0; i < archive->n; i++)
		entry_done(&archive->v[i]);
	free(archive->v);
	*archive = (struct docker_archive){ NULL, 0 };
}

/* --- one of its images ---------------------------------------------------------------------------- */

/* The text by which names compare: "x" is "x:latest". */
static char *canonical(const char *name)
{
	cleanup_reference struct reference ref = REFERENCE_INIT;

	return reference_parse(name, NULL, &ref) < 0 ? xstrdup(name) : reference_text(&ref);
}

static bool has_tag(const struct docker_archive_entry *entry, const char *name)
{
	cleanup_free char *wanted = canonical(name);

	STRV_FOREACH (tag, &entry->tags) {
		cleanup_free char *text = canonical(tag);

		if (streq(text, wanted))
			return true;
	}
	return false;
}

static char *tag_list(const struct docker_archive *archive)
{
	cleanup_strv struct strv tags = STRV_INIT;

	for (size_t i = 0; i < archive->n; i++)
		strv_add_all(&tags, &archive->v[i].tags);
	return strv_join(&tags, ", ");
}

static int choose(const struct docker_archive *archive, const char *name,
		  const struct docker_archive_entry **ret, char **ret_message)
{
	cleanup_free char *list = NULL;

	if (archive->n == 0)
		return message_set(ret_message, -ENOENT, "it names no image");
	for (size_t i = 0; i < archive->n; i++) {
		if (name ? has_tag(&archive->v[i], name) : archive->n == 1) {
			*ret = &archive->v[i];
			return 0;
		}
	}
	list = tag_list(archive);
	if (name)
		return message_set(ret_message, -ENOENT, "there is no image '%s', only: %.2000s",
				   name, list);
	return message_set(ret_message, -ENOTUNIQ, "there are several images, name one: %.2000s",
			   list);
}

static int read_name(int dir_fd, const char *name, char **ret_text, char **ret_message)
{
	int r = read_file_in_root(dir_fd, name, IMAGE_CONFIG_SIZE_MAX, ret_text);

	return r < 0 ? message_set(ret_message, r, "%s: %s", name, strerror(-r)) : 0;
}

/* HEX.json, or blobs/sha256/HEX: the name of the file is its digest. */
static bool names_digest(const char *path, struct digest *ret)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strcspn(name, ".");
	cleanup_free char *text = xasprintf("sha256:%.*s", (int)len, name);

	return (name[len] == '\0' || streq(name + len, ".json")) && digest_parse(text, ret) == 0;
}

static int read_config(int dir_fd, const char *path, struct docker_image *image, char **ret_message)
{
	cleanup_hasher struct hasher *hasher = NULL;
	cleanup_free char *text = NULL;
	struct digest named;
	int r = read_name(dir_fd, path, &text, ret_message);

	if (r < 0)
		return r;
	hasher = hasher_new(DIGEST_SHA256);
	hasher_update(hasher, text, strlen(text));
	hasher_finish(hasher, &image->digest);
	if (names_digest(path, &named) && !digest_equal(&named, &image->digest))
		return message_set(ret_message, -EBADMSG,
				   "%s: its bytes are not those of this digest", path);
	strbuf_add_str(&image->config_text, text);
	r = image_config_parse(text, strlen(text), &image->config, ret_message);
	return r < 0 ? message_prefix(ret_message, r, "%s: ", path) : 0;
}

bool docker_archive_is_one(int dir_fd)
{
	return exists_at(dir_fd, "manifest.json");
}

int docker_archive_read_image(int dir_fd, const char *name, const struct platform *wanted,
			      struct docker_image *ret, char **ret_message)
{
	cleanup_docker_archive struct docker_archive archive = { NULL, 0 };
	cleanup_docker_image struct docker_image image = DOCKER_IMAGE_INIT;
	const struct docker_archive_entry *entry;
	cleanup_free char *text = NULL;
	struct manifest manifest = { .layers = { NULL, 0 } };
	int r = read_name(dir_fd, "manifest.json", &text, ret_message);

	if (r < 0)
		return r;
	r = docker_archive_parse(text, strlen(text), &archive, ret_message);
	if (r == 0)
		r = choose(&archive, name, &entry, ret_message);
	if (r < 0)
		return message_prefix(ret_message, r, "manifest.json: ");
	r = read_config(dir_fd, entry->config, &image, ret_message);
	if (r < 0)
		return r;
	manifest.layers.n = entry->layers.n;
	r = image_config_check(&image.config, &manifest, wanted, ret_message);
	if (r < 0)
		return message_prefix(ret_message, r, "%s: ", entry->config);
	strv_add_all(&image.layers, &entry->layers);
	*ret = image;
	image = (struct docker_image)DOCKER_IMAGE_INIT;
	return 0;
}

int docker_archive_open_layer(int dir_fd, const struct docker_image *image, size_t layer,
			      char **ret_message)
{
	int fd = open_file_in_root(dir_fd, image->layers.v[layer], 0);

	return fd < 0 ? message_set(ret_message, fd, "%s: %s", image->layers.v[layer],
				    strerror(-fd))
		      : fd;
}

static int apply_layer(int dir_fd, const struct docker_image *image, size_t i, int root_fd,
		       const char *name)
{
	const struct layer_spec spec = {
		.size = UINT64_MAX,
		.diff_id = &image->config.diff_ids[i],
		.max_content = UINT64_MAX,
	};
	cleanup_free char *message = NULL, *layer = NULL;
	cleanup_close int fd = docker_archive_open_layer(dir_fd, image, i, &message);

	if (fd < 0)
		return log_error_code(fd, "cannot unpack '%s': %s", name, message);
	layer = xasprintf("%s: layer %zu, %s", name, i + 1, image->layers.v[i]);
	log_debug("applying layer %zu of %zu, %s", i + 1, image->layers.n, image->layers.v[i]);
	return layer_apply(fd, &spec, root_fd, layer);
}

int docker_archive_unpack(int dir_fd, const struct docker_image *image, int root_fd,
			  const char *name)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < image->layers.n; i++)
		r = interrupted() ? -EINTR : apply_layer(dir_fd, image, i, root_fd, name);
	return r;
}

void docker_image_describe(const struct docker_image *image, struct kvfile *meta)
{
	cleanup_strbuf struct strbuf layers = STRBUF_INIT;
	char text[DIGEST_TEXT_SIZE];

	digest_text(&image->digest, text);
	kvfile_set(meta, "CONFIG", text);
	for (size_t i = 0; i < image->config.n_diff_ids; i++) {
		digest_text(&image->config.diff_ids[i], text);
		strbuf_addf(&layers, "%s%s", i > 0 ? " " : "", text);
	}
	kvfile_set(meta, "LAYERS", strbuf_str(&layers));
}

void docker_image_done(struct docker_image *image)
{
	image_config_done(&image->config);
	strbuf_done(&image->config_text);
	strv_done(&image->layers);
}
