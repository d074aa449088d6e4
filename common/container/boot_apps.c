/* SPDX-License-Identifier: MIT */
#include "container/boot_apps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "container/connectors.h"
#include "container/userns.h"
#include "host/appfilter.h"
#include "host/overlay.h"

/* --- connectors --------------------------------------------------------------------------- */

static int confine(const char *path)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };
	cleanup_close int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	int r;

	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return log_error_errno(-errno, "cannot confine '%s'", path);
	r = mount_attach(fd, AT_FDCWD, path);
	return r < 0 ? log_error_errno(r, "cannot mount on '%s'", path) : 0;
}

int boot_prepare_connectors(const struct store *s, const struct container *c, const struct boot_plan *plan)
{
	int r = 0;

	if (plan->connector) {
		r = connector_check_alone(s, c, plan->connector);
		if (r >= 0)
			r = connector_make(s, plan->connector, c->rootfs);
	}
	STRV_FOREACH(name, &c->connectors) {
		if (r >= 0)
			r = connector_check(s, name);
	}
	STRV_FOREACH(path, &plan->confined) {
		if (r >= 0)
			r = confine(path);
	}
	return r;
}

/* --- places to mount on ------------------------------------------------------------------- */

/* What systemd-nspawn would make by itself, if it could write. */
static int make_place(const struct container *c, int root_fd, const char *place)
{
	uid_t owner = c->userns ? userns_first_id(c) : 0;
	cleanup_free char *path = xstrndup(place, strlen(place) - (has_suffix(place, "/") ? 1 : 0));
	cleanup_close int there = open_in_root(root_fd, path, O_PATH, 0), dir_fd = -1, fd = -1;
	const char *name;

	if (there >= 0)
		return 0;
	dir_fd = open_parent_in_root(root_fd, path, 0755, &name);
	if (dir_fd < 0)
		return dir_fd;
	if (has_suffix(place, "/"))
		return mkdirat(dir_fd, name, 0755) < 0 || fchownat(dir_fd, name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0 ?
			       -errno : 0;
	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	return fd < 0 || fchown(fd, owner, owner) < 0 ? -errno : 0;
}

static int make_places(const struct container *c, const struct boot_plan *plan, int root_fd)
{
	STRV_FOREACH(place, &plan->places) {
		/* /run and the like are file systems of the container's own. */
		int r = !c->read_only || after_prefix(place, "/run/") ? 0 : make_place(c, root_fd, place);

		if (r < 0)
			return log_error_errno(r, "cannot make '%s' in container '%s'", place, c->name);
	}
	return 0;
}

/* --- filters of system calls -------------------------------------------------------------- */

/* One file for each set of capabilities that an application has. */
static int make_filter(int dir_fd, uint64_t capabilities)
{
	char name[sizeof("0123456789abcdef.bpf")];
	cleanup_close int fd = -1;

	snprintf(name, sizeof(name), "%016llx.bpf", (unsigned long long)capabilities);
	if (exists_at(dir_fd, name))
		return 0;
	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return log_error_errno(-errno, "cannot make '%s/%s'", BOOT_FILTERS, name);
	return app_filter_write(capabilities, fd);
}

/* An application whose description cannot be read does not run, but the container does. */
static int make_filter_of(int root_fd, int dir_fd, const char *name)
{
	cleanup_app struct app app = APP_INIT;
	cleanup_free char *message = NULL;

	if (app_read(root_fd, name, &app, &message) < 0) {
		log_warning("the application '%s' cannot run: %s", name, message);
		return 0;
	}
	return make_filter(dir_fd, app.capabilities);
}

static int make_filters(int root_fd)
{
	cleanup_strv struct strv apps = STRV_INIT;
	cleanup_close int dir_fd = -1;
	int r = json_load();

	if (r < 0)
		return r;
	r = app_list(root_fd, &apps);
	if (r < 0)
		return log_error_errno(r, "cannot read '/" APP_DIR "' of the container");
	if (mkdir(BOOT_FILTERS, 0755) < 0)
		return log_error_errno(-errno, "cannot make '%s'", BOOT_FILTERS);
	dir_fd = open(BOOT_FILTERS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return log_error_errno(-errno, "cannot open '%s'", BOOT_FILTERS);
	STRV_FOREACH(name, &apps) {
		r = make_filter_of(root_fd, dir_fd, name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ------------------------------------------------------------------------------------------ */

int boot_prepare_apps(const struct container *c, const struct boot_plan *plan)
{
	cleanup_close int root_fd = open(plan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (root_fd < 0)
		return log_error_errno(-errno, "cannot open '%s'", plan->root);
	r = make_places(c, plan, root_fd);
	return r < 0 || !plan->filters ? r : make_filters(root_fd);
}
