/* SPDX-License-Identifier: MIT */
/* The manifest.json of a docker-archive. What is accepted is within bounds, and its paths stay in the
 * directory. */
#include "fuzz.h"

#include "oci/docker_archive.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	PROPERTY(json_load() == 0);
	return 0;
}

static bool is_inside(const char *path)
{
	return *path && !streq(path, "..") && !strstr(path, "/../") && !after_prefix(path, "../") &&
	       !has_suffix(path, "/..") && !strchr(path, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_docker_archive struct docker_archive archive = { NULL, 0 };
	cleanup_free char *message = NULL;

	if (docker_archive_parse((const char *)data, size, &archive, &message) < 0) {
		PROPERTY(message && !archive.v);
		return 0;
	}
	PROPERTY(!message && archive.n <= DOCKER_ARCHIVE_IMAGES_MAX);
	for (size_t i = 0; i < archive.n; i++) {
		PROPERTY(is_inside(archive.v[i].config) && archive.v[i].layers.n > 0);
		STRV_FOREACH (path, &archive.v[i].layers)
			PROPERTY(is_inside(path));
	}
	return 0;
}
