/* SPDX-License-Identifier: MIT */
/* local: images that are here already, in a file or a directory: an OCI layout (layout.h), an archive of one,
 * or what "docker save" writes (docker_archive.h). */
#pragma once

#include <stdbool.h>

#include "oci/docker_archive.h"
#include "oci/layout.h"

/* What an operand names: PATH, or PATH:NAME for an image of several that are there: a layout's by its tag or
 * digest, which may be behind '@' as well, a docker archive's by its reference. Each may have colons in it:
 * the longest part that is a path to something is the path; with a name behind it, to a layout or a file.
 * -ENOENT when there is none. *ret_name is NULL without one. Silent; the caller frees. */
int local_split(const char *text, char **ret_path, char **ret_name);

struct local_request {
	const char *path;
	const char *name; /* NULL: the only image there is */
	const struct platform *platform;
	/* Of an archive, what is unpacked into this empty directory: everything, or the documents alone, and then
	 * there are no layers. */
	int aside_fd;
	bool documents_only;
};

struct local {
	char *text; /* what it is called in messages: its absolute path, and its name in it */
	int dir_fd; /* of the layout, or of the docker archive */
	bool is_docker;
	/* One of the two. */
	struct image image;
	struct docker_image docker;
};

#define LOCAL_INIT                                                             \
	{                                                                      \
		.dir_fd = -1, .image = IMAGE_INIT, .docker = DOCKER_IMAGE_INIT \
	}
#define cleanup_local __attribute__((cleanup(local_done)))

/* True of a directory: nothing has to be unpacked for local_open(). */
bool local_is_directory(const char *path);

/* Find the image, verified but for its layers. Logs; -EINTR. */
int local_open(const struct local_request *request, struct local *ret);
/* Its layers into the directory, which is empty. Logs; -EINTR. */
int local_unpack(const struct local *l, int root_fd);
void local_done(struct local *l);
