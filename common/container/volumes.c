/* SPDX-License-Identifier: MIT */
#include "container/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/app.h"
#include "app/volume.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/copytree.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "container/value.h"

#define VOLUMES "volumes"

/* --- names -------------------------------------------------------------------------------- */

static void add_escaped(struct strbuf *s, const char *text)
{
	for (; *text; text++) {
		if (*text == '/')
			strbuf_add_char(s, '-');
		else if (strchr("-%:", *text))
			strbuf_addf(s, "%%%02X", (unsigned char)*text);
		else
			strbuf_add_char(s, *text);
	}
}

static char *volume_name(const char *app, const char *path)
{
	struct strbuf s = STRBUF_INIT;

	add_escaped(&s, app);
	add_escaped(&s, path);
	return strbuf_detach(&s);
}

char *volume_source(const struct store *s, const char *container, const char *volume)
{
	return xasprintf("%s/" VOLUMES "/%s/%.*s", s->config.datadir, container, (int)strcspn(volume, ":"), volume);
}

const char *volume_target(const char *volume)
{
	return strchr(volume, ':') + 1;
}

char *volumes_of(const struct store *s, const char *container)
{
	cleanup_free char *dir = xasprintf(VOLUMES "/%s", container);

	return s->fd >= 0 && exists_at(s->fd, dir) ? xasprintf("%s/%s", s->config.datadir, dir) : NULL;
}

/* --- where a path leads ------------------------------------------------------------------- */

static char *fd_text(int fd)
{
	struct fd_path link = fd_path(fd);
	char text[PATH_MAX];
	ssize_t n = readlink(link.path, text, sizeof(text) - 1);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return xstrdup(text);
}

/* The path of a descriptor below another one's: "" for the same. */
static char *path_below(int root_fd, int fd)
{
	cleanup_free char *root = fd_text(root_fd), *text = fd_text(fd);
	const char *rest = root && text ? after_prefix(text, streq(root, "/") ? "" : root) : NULL;

	return rest ? xstrdup(rest) : NULL;
}

/* path without links on its way. What is not there is taken as it is written; -ENOTDIR when there is
 * something else than a directory, -ENOENT when a link on the way leads nowhere. */
static int resolve(int root_fd, const char *path, char **ret)
{
	cleanup_free char *so_far = xstrdup(path), *found = NULL;
	cleanup_close int fd = -1;
	const char *rest;

	while ((fd = open_dir_in_root(root_fd, so_far)) < 0) {
		cleanup_close int link = open_in_root(root_fd, so_far, O_PATH | O_NOFOLLOW, 0);

		if (fd != -ENOENT || link >= 0)
			return fd;
		*strrchr(so_far, '/') = '\0';
	}
	rest = path + strlen(so_far);
	found = path_below(root_fd, fd);
	if (!found)
		return -EXDEV;
	*ret = xasprintf("%s%s", found, rest);
	return 0;
}

/* --- which are made ----------------------------------------------------------------------- */

/* The path in the application's tree that a bind mount covers; NULL: none. */
static char *covered_path(const char *app, const char *bind)
{
	const char *colon = strchr(bind, ':') + 1;
	cleanup_free char *target = xstrndup(colon, strcspn(colon, ":")), *normal = normal_path(target);
	cleanup_free char *root = xasprintf("/" APP_DIR "/%s/root/", app);
	const char *rest = after_prefix(normal, root);

	/* A link to the only application's, if there is one. */
	if (!rest)
		rest = after_prefix(normal, "/oci/root/");
	return rest ? xasprintf("/%s", rest) : NULL;
}

static bool is_bound(const struct container *c, const char *app, const char *path, const char *resolved)
{
	STRV_FOREACH(bind, &c->binds) {
		cleanup_free char *covered = covered_path(app, bind);

		if (covered && (streq(covered, path) || streq(covered, resolved)))
			return true;
	}
	return false;
}

static void pass_over(const char *app, const char *path, const char *why)
{
	log_warning("the application '%s' gets no volume for '%s': %s", app, path, why);
}

/* --- making one --------------------------------------------------------------------------- */

/* volumes/CONTAINER */
static int open_dir(const struct store *s, const char *container)
{
	cleanup_close int fd = -1;
	int r = ensure_dir_at(s->fd, VOLUMES, 0700);

	if (r < 0)
		return r;
	fd = openat(s->fd, VOLUMES, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : ensure_dir_at(fd, container, 0755);
	if (r < 0)
		return r;
	r = openat(fd, container, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

/* What the image has at path, if anything. */
static int fill(int app_root_fd, const char *path, int to_fd)
{
	cleanup_free char *wrong = NULL;
	struct copytree copy = { .from_fd = open_dir_in_root(app_root_fd, path), .to_fd = to_fd, .except_fd = -1 };
	cleanup_close int from_fd = copy.from_fd;
	int r;

	if (from_fd < 0)
		return from_fd == -ENOENT ? 0 : from_fd;
	r = copytree(&copy, &wrong);
	return r < 0 ? r : syncfs(to_fd) < 0 ? -errno : 0;
}

/* 1 when it is new. */
static int make(int dir_fd, const char *name, int app_root_fd, const char *path)
{
	cleanup_free char *staged = xasprintf(".%s.new", name);
	cleanup_close int fd = -1;
	int r;

	if (exists_at(dir_fd, name))
		return 0;
	r = rmtree_at(dir_fd, staged);
	if (r >= 0)
		r = ensure_dir_at(dir_fd, staged, 0755);
	if (r < 0)
		return r;
	fd = openat(dir_fd, staged, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : fill(app_root_fd, path, fd);
	if (r >= 0 && renameat(dir_fd, staged, dir_fd, name) < 0)
		r = -errno;
	if (r >= 0)
		r = fsync_dir_at(dir_fd, ".");
	if (r < 0)
		(void)rmtree_at(dir_fd, staged);
	return r < 0 ? r : 1;
}

static int add_one(const struct store *s, struct container *c, const char *app, const char *path, int root_fd,
		   struct strv *made)
{
	cleanup_free char *name = volume_name(app, path), *resolved = NULL;
	cleanup_close int dir_fd = -1;
	int r = resolve(root_fd, path, &resolved);

	if (r < 0 || !app_volume_is_allowed(resolved) || strlen(name) > NAME_MAX - strlen("..new")) {
		pass_over(app, path, r == -ENOTDIR ? "it is no directory in the image"
				     : r < 0       ? "its path leads nowhere in the image"
						   : "it cannot be one");
		return 0;
	}
	if (is_bound(c, app, path, resolved))
		return 0;
	dir_fd = open_dir(s, c->name);
	r = dir_fd < 0 ? dir_fd : make(dir_fd, name, root_fd, resolved);
	if (r < 0)
		return log_error_code(r, "cannot make the volume for '%s' of the application '%s' in '%s/" VOLUMES "/%s': %s",
				      path, app, s->config.datadir, c->name, store_write_error(r));
	if (r > 0)
		strv_add(made, name);
	strv_addf(&c->oci_volumes, "%s:/" APP_DIR "/%s/root%s", name, app, resolved);
	return 0;
}

int volumes_add(const struct store *s, struct container *c, const char *app, const struct upper *u,
		struct strv *made)
{
	cleanup_free char *root = xasprintf(APP_DIR "/%s/root", app);
	cleanup_close int root_fd = open_dir_in_root(u->lower_fd, root);
	cleanup_strv struct strv paths = STRV_INIT;
	int r = root_fd < 0 ? root_fd : app_read_lines(u->lower_fd, app, "volumes", &paths);

	if (r < 0)
		return log_error_errno(r, "cannot read the volumes of the application '%s'", app);
	STRV_FOREACH(path, &paths) {
		cleanup_free char *normal = normal_path(path);

		if (check_absolute_path(normal) || !app_volume_is_allowed(normal)) {
			pass_over(app, path, "it cannot be one");
			continue;
		}
		r = add_one(s, c, app, normal, root_fd, made);
		if (r < 0)
			return r;
	}
	return 0;
}

void volumes_undo(const struct store *s, const char *container, const struct strv *made)
{
	cleanup_free char *dir = xasprintf(VOLUMES "/%s", container);
	cleanup_close int fd = -1;

	if (made->n == 0)
		return;
	fd = openat(s->fd, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	STRV_FOREACH(name, made)
		(void)rmtree_at(fd, name);
	(void)unlinkat(s->fd, dir, AT_REMOVEDIR);
}
