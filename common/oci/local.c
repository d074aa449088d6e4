/* SPDX-License-Identifier: MIT */
#include "oci/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "layer/archive.h"
#include "layer/pick.h"

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

/* PATH@DIGEST, the way that references have it. */
static bool split_digest(const char *text, char **ret_path, char **ret_name)
{
	const char *at = strrchr(text, '@');
	cleanup_free char *path = NULL;
	struct digest digest;

	if (!at || digest_parse(at + 1, &digest) < 0)
		return false;
	path = xstrndup(text, (size_t)(at - text));
	if (!may_have_images(path))
		return false;
	*ret_name = xstrdup(at + 1);
	*ret_path = TAKE_PTR(path);
	return true;
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
	if (split_digest(text, ret_path, ret_name))
		return 0;
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

/* --- images ------------------------------------------------------------------------------- */

bool local_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int open_path(const struct local_request *request, struct local *l)
{
	cleanup_free char *real = realpath(request->path, NULL);
	int fd = open(request->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	l->text = xasprintf("%s%s%s", real ? real : request->path, request->name ? ":" : "",
			    request->name ? request->name : "");
	if (fd < 0)
		return log_error_errno(-errno, "cannot open '%s'", request->path);
	if (fstat(fd, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
		close(fd);
		return log_error_code(-EINVAL, "'%s' is neither a file nor a directory",
				      request->path);
	}
	return fd;
}

static int unpack_archive(const struct local_request *request, int archive_fd, struct local *l)
{
	int r = request->documents_only
			? archive_pick(archive_fd, request->aside_fd, request->path)
			: archive_unpack(archive_fd, request->aside_fd, request->path);

	if (r < 0)
		return r;
	l->dir_fd = fcntl(request->aside_fd, F_DUPFD_CLOEXEC, 3);
	return l->dir_fd < 0 ? log_error_errno(-errno, "cannot read '%s'", request->path) : 0;
}

static int find_image(const struct local_request *request, struct local *l)
{
	cleanup_free char *message = NULL;
	bool is_layout = layout_is_one(l->dir_fd);
	int r;

	l->is_docker = !is_layout && docker_archive_is_one(l->dir_fd);
	if (!is_layout && !l->is_docker)
		return log_error_code(-EINVAL, "'%s' is no OCI layout and no docker archive",
				      request->path);
	r = l->is_docker ? docker_archive_read_image(l->dir_fd, request->name, request->platform,
						     &l->docker, &message)
			 : layout_read_image(l->dir_fd, request->name, request->platform, &l->image,
					     &message);
	return r < 0 ? log_error_code(r, "cannot read '%s': %s", l->text, message) : 0;
}

int local_open(const struct local_request *request, struct local *ret)
{
	cleanup_local struct local l = LOCAL_INIT;
	cleanup_close int fd = open_path(request, &l);
	int r = fd < 0 ? fd : json_load();

	if (r >= 0)
		r = hasher_load();
	if (r < 0)
		return r;
	if (local_is_directory(request->path))
		l.dir_fd = TAKE_FD(fd);
	else
		r = unpack_archive(request, fd, &l);
	if (r >= 0)
		r = find_image(request, &l);
	if (r < 0)
		return r;
	*ret = l;
	l = (struct local)LOCAL_INIT;
	return 0;
}

int local_unpack(const struct local *l, int root_fd)
{
	return l->is_docker ? docker_archive_unpack(l->dir_fd, &l->docker, root_fd, l->text)
			    : layout_unpack(l->dir_fd, &l->image, root_fd, l->text);
}

void local_done(struct local *l)
{
	free(l->text);
	cleanup_close_p(&l->dir_fd);
	image_done(&l->image);
	docker_image_done(&l->docker);
	*l = (struct local)LOCAL_INIT;
}
