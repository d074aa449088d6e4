/* SPDX-License-Identifier: MIT */
#include "oci/extract.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/inode.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/scratch.h"

/* Where the directory is to be. */
struct place {
	const char *dir; /* for messages */
	char *path;      /* without links and slashes at its end */
	const char *name;
	int parent_fd;
};

static void place_done(struct place *place)
{
	free(place->path);
	cleanup_close_p(&place->parent_fd);
}

static bool is_empty(const char *path)
{
	cleanup_closedir DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			return false;
	}
	return dir;
}

/* Its path if it were there, whose parent must be. */
static char *path_of_new(const char *dir)
{
	cleanup_free char *text = xstrdup(dir), *parent = NULL;
	size_t n = strlen(text);
	char *slash;

	while (n > 1 && text[n - 1] == '/')
		text[--n] = '\0';
	slash = strrchr(text, '/');
	if (slash)
		*slash = '\0';
	parent = realpath(!slash ? "." : *text ? text : "/", NULL);
	return parent ? xasprintf("%s/%s", streq(parent, "/") ? "" : parent,
				  slash ? slash + 1 : text)
		      : NULL;
}

static int find_place(const char *dir, struct place *place)
{
	cleanup_free char *parent = NULL;

	place->dir = dir;
	place->path = realpath(dir, NULL);
	if (place->path && !is_empty(place->path))
		return log_error_code(-ENOTEMPTY, "'%s' is there already, and no empty directory",
				      dir);
	if (!place->path && errno == ENOENT)
		place->path = path_of_new(dir);
	if (!place->path)
		return log_error_errno(-errno, "cannot make the directory '%s'", dir);
	place->name = strrchr(place->path, '/') + 1;
	parent = xstrndup(place->path, (size_t)(place->name - place->path));
	place->parent_fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->parent_fd < 0)
		return log_error_errno(-errno, "cannot open '%s'", parent);
	return 0;
}

static int begin(const struct place *place, struct scratch *tree)
{
	int r = scratch_begin(place->parent_fd, place->name, tree);

	/* An access list of what it is in is none of its. */
	if (r >= 0)
		r = inode_clear_acl(tree->fd);
	if (r >= 0 && fchmod(tree->fd, 0755) < 0)
		r = -errno;
	return r < 0 ? log_error_errno(r, "cannot make a directory beside '%s'", place->dir) : 0;
}

static int unpack(const struct local_request *request, const struct place *place, int tree_fd)
{
	cleanup_scratch struct scratch aside = SCRATCH_INIT;
	cleanup_local struct local l = LOCAL_INIT;
	struct local_request whole = *request;
	int r = 0;

	if (!local_is_directory(request->path))
		r = scratch_begin(place->parent_fd, place->name, &aside);
	if (r < 0)
		return log_error_errno(r, "cannot make a directory beside '%s'", place->dir);
	whole.documents_only = false;
	whole.aside_fd = aside.fd;
	r = local_open(&whole, &l);
	return r < 0 ? r : local_unpack(&l, tree_fd);
}

int extract_image(const struct local_request *request, const char *dir)
{
	cleanup_(place_done) struct place place = { .parent_fd = -1 };
	cleanup_scratch struct scratch tree = SCRATCH_INIT;
	int r = find_place(dir, &place);

	if (r >= 0)
		r = begin(&place, &tree);
	if (r >= 0)
		r = unpack(request, &place, tree.fd);
	if (r >= 0 && interrupted())
		r = -EINTR;
	if (r < 0)
		return r;
	r = scratch_publish(&tree, place.name);
	return r < 0 ? log_error_errno(r, "cannot make the directory '%s'", dir) : 0;
}
