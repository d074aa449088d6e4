/* SPDX-License-Identifier: MIT */
#include "oci/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "oci/layout.h"

/* --- names -------------------------------------------------------------------------------- */

/* A directory of another kind is no reason to take "debian:12" for what is in ./debian. */
static bool may_have_images(const char *path)
{
	cleanup_close int fd = -1;
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode))
		return true;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && layout_is_one(fd);
}

int local_split(const char *text, char **ret_path, char **ret_name)
{
	cleanup_free char *path = xstrdup(text);
	char *colon;

	if (access(path, F_OK) == 0 || errno != ENOENT) {
		*ret_path = TAKE_PTR(path);
		*ret_name = NULL;
		return 0;
	}
	while ((colon = strrchr(path, ':'))) {
		*colon = '\0';
		if (!text[colon + 1 - path] || !may_have_images(path))
			continue;
		*ret_name = xstrdup(text + (colon + 1 - path));
		*ret_path = TAKE_PTR(path);
		return 0;
	}
	return -ENOENT;
}
