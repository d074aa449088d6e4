/* SPDX-License-Identifier: MIT */
/* docker_archive: images as "docker save" writes them, after the tarball was unpacked:
 *
 *	manifest.json    [{"Config": PATH, "RepoTags": ["ubuntu:24.04"], "Layers": [PATH, ...]}, ...]
 *
 * Config is a configuration (image_config.h), and the layers are tar archives, which some programs compress.
 * Docker's image specification v1.2 describes it ("Combined Image JSON + Filesystem Changeset Format").
 *
 * The directory may be anybody's: paths are resolved inside of it, and lead to regular files. A layer may be
 * a link, as docker writes one that is there twice. What does not say that it logs is silent and sets
 * *ret_message. */
#pragma once

#include "base/kvfile.h"
#include "base/strbuf.h"
#include "oci/image_config.h"

#define DOCKER_ARCHIVE_IMAGES_MAX 1024

struct docker_archive_entry {
	char *config;
	struct strv tags, layers; /* the lowest layer first */
};

struct docker_archive {
	struct docker_archive_entry *v;
	size_t n;
};

/* manifest.json. Paths are relative and have no "..". */
int docker_archive_parse(const char *text, size_t len, struct docker_archive *ret,
			 char **ret_message);
void docker_archive_done(struct docker_archive *archive);
#define cleanup_docker_archive cleanup_(docker_archive_done)

struct docker_image {
	struct digest digest; /* of the configuration, docker's ID of the image */
	struct image_config config;
	struct strbuf config_text; /* its bytes */
	struct strv layers;        /* paths, as many as config has diff_ids */
};

#define DOCKER_IMAGE_INIT                   \
	{                                   \
		.config = IMAGE_CONFIG_INIT \
	}

/* True if the directory has a manifest.json. */
bool docker_archive_is_one(int dir_fd);

/* The image of this name, a reference; NULL: the only one there is. json_load() and hasher_load() come
 * first. -ENOENT, -ENOTUNIQ; -ENOEXEC when it is not for the platform. */
int docker_archive_read_image(int dir_fd, const char *name, const struct platform *wanted,
			      struct docker_image *ret, char **ret_message);

/* A descriptor for reading of a layer, counted from 0. Nothing but its diff_id verifies it. */
int docker_archive_open_layer(int dir_fd, const struct docker_image *image, size_t layer,
			      char **ret_message);

/* The layers, one on top of the other, into the directory root_fd, which is empty; each is compared with its
 * diff_id. name is what messages call the image. Logs; -EINTR. */
int docker_archive_unpack(int dir_fd, const struct docker_image *image, int root_fd,
			  const char *name);

/* CONFIG: its digest; LAYERS: the diff_ids, the lowest first, with blanks between. */
void docker_image_describe(const struct docker_image *image, struct kvfile *meta);

void docker_image_done(struct docker_image *image);
#define cleanup_docker_image cleanup_(docker_image_done)
