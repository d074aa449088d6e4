/* SPDX-License-Identifier: MIT */
#include "container/applayer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/unit.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/signalname.h"
#include "container/family.h"

#define UNIT_MAX (64 * 1024)

/* --- files -------------------------------------------------------------------------------- */

static int log_failure(int r, const char *dir, const char *name)
{
	if (r == -ENOTDIR)
		return log_error_code(r, "cannot put anything into '/%s': it is no directory in the base, or the way to it is a symbolic link",
				      dir);
	return log_error_errno(r, "cannot write '/%s/%s'", dir, name);
}

static int put_file(const struct upper *u, const char *dir, const char *name, const char *text)
{
	cleanup_close int fd = upper_open_dir(u, dir);
	int r = fd < 0 ? fd : write_file_atomic_at(fd, name, text, 0644, WRITE_NO_SYNC);

	return r < 0 ? log_failure(r, dir, name) : 0;
}

static int put_link(const struct upper *u, const char *dir, const char *name, const char *target)
{
	cleanup_close int fd = upper_open_dir(u, dir);
	int r = fd < 0 ? fd : 0;

	if (r >= 0 && unlinkat(fd, name, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r >= 0 && symlinkat(target, fd, name) < 0)
		r = -errno;
	return r < 0 ? log_failure(r, dir, name) : 0;
}

/* Whatever it is; of this layer only. */
static int drop(const struct upper *u, const char *dir, const char *name)
{
	cleanup_close int fd = open_in_root(u->upper_fd, dir, O_RDONLY | O_DIRECTORY, 0);
	int r = fd < 0 ? fd : rmtree_at(fd, name);

	return r < 0 && r != -ENOENT ? log_error_errno(r, "cannot remove '/%s/%s'", dir, name) : 0;
}

/* Where a link leads to; the caller frees. NULL if it is none. */
static char *read_link(const struct upper *u, const char *dir, const char *name)
{
	cleanup_close int fd = open_in_root(u->upper_fd, dir, O_PATH | O_DIRECTORY, 0);
	char target[PATH_MAX];
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, name, target, sizeof(target) - 1);

	return n < 0 ? NULL : xstrndup(target, (size_t)n);
}

/* --- units -------------------------------------------------------------------------------- */

/* Of a NixOS, the usual directory is a link to what its configuration made, systemd.unit(5) has others. */
static const char *unit_dir(const struct upper *u)
{
	return family_read(u->lower_fd) == FAMILY_NIXOS ? "etc/systemd/system.control" : "etc/systemd/system";
}

static int enable(const struct upper *u, const char *unit, const char *target)
{
	cleanup_free char *dir = xasprintf("%s/%s.wants", unit_dir(u), target), *link = xasprintf("../%s", unit);

	return put_link(u, dir, unit, link);
}

static int disable(const struct upper *u, const char *unit, const char *target)
{
	cleanup_free char *dir = xasprintf("%s/%s.wants", unit_dir(u), target);

	return drop(u, dir, unit);
}

static int drop_units(const struct upper *u, const char *name)
{
	cleanup_free char *service = app_unit_name(name), *socket = app_socket_name(name);
	int r = disable(u, service, "multi-user.target");

	if (r >= 0)
		r = disable(u, socket, "sockets.target");
	if (r >= 0)
		r = drop(u, unit_dir(u), service);
	return r < 0 ? r : drop(u, unit_dir(u), socket);
}

static int put_units(const struct upper *u, const struct app_unit *unit)
{
	cleanup_free char *service = app_unit_name(unit->name), *socket = app_socket_name(unit->name);
	cleanup_free char *text = app_service_text(unit), *socket_text = NULL;
	int r = put_file(u, unit_dir(u), service, text);

	if (r < 0 || !unit->connector)
		return r < 0 ? r : enable(u, service, "multi-user.target");
	socket_text = app_socket_text(unit);
	r = put_file(u, unit_dir(u), socket, socket_text);
	return r < 0 ? r : enable(u, socket, "sockets.target");
}

/* --- connectors --------------------------------------------------------------------------- */

/* What the client may be called besides, after the program: a name that a shell can be told on one line.
 * NULL: there is none. */
static const char *program_name(const struct app *app, const char *connector)
{
	const char *path = app->argv.n > 0 ? app->argv.v[0] : "", *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	cleanup_free char *socket = xasprintf("%s.sock", connector);

	for (const char *p = name; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return NULL;
	}
	if (!*name || strlen(name) > NAME_MAX || streq(name, ".") || streq(name, "..") || streq(name, socket))
		return NULL;
	return name;
}

static int put_connector(const struct upper *u, const struct app *app, const char *connector)
{
	cleanup_free char *dir = xasprintf("connectors/%s", connector), *mark = xasprintf("%s\n", connector);
	const char *program = program_name(app, connector);
	int r = put_file(u, "oci", "proxy-mode", mark);

	if (r >= 0)
		r = put_link(u, dir, connector, APP_CONNECTOR_CLIENT_PATH);
	if (r >= 0 && program)
		r = put_link(u, dir, program, APP_CONNECTOR_CLIENT_PATH);
	return r;
}

char *applayer_connector(int tree_fd)
{
	cleanup_free char *text = NULL;

	if (read_file_in_root(tree_fd, APP_CONNECTOR_MARK, 256, &text) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return app_name_is_valid(text) ? TAKE_PTR(text) : NULL;
}

static int drop_connector(const struct upper *u)
{
	cleanup_free char *name = applayer_connector(u->upper_fd);
	int r = name ? drop(u, "connectors", name) : 0;

	return r < 0 ? r : drop(u, "oci", "proxy-mode");
}

/* Whether it is the application of the layer that is the connector. */
static bool is_connector(const struct upper *u, const char *name)
{
	cleanup_app struct app app = APP_INIT;
	cleanup_free char *message = NULL;

	return app_read(u->upper_fd, name, &app, &message) >= 0 && app.connector;
}

/* --- applications ------------------------------------------------------------------------- */

int applayer_add(const struct upper *u, const char *name, const struct app *app, const char *connector)
{
	const struct app_unit unit = {
		.name = name,
		.connector = connector,
		.stop_signal = app->stop_signal ? signal_parse(app->stop_signal) : 0,
	};
	int r = put_units(u, &unit);

	return r < 0 || !connector ? r : put_connector(u, app, connector);
}

int applayer_remove(const struct upper *u, const char *name)
{
	int r = is_connector(u, name) ? drop_connector(u) : 0;

	if (r >= 0)
		r = drop_units(u, name);
	return r < 0 ? r : drop(u, APP_DIR, name);
}

/* --- short names -------------------------------------------------------------------------- */

/* Have the link there, or with NULL none; what is there and no link of ours, which begin like that, stays. */
static int set_link(const struct upper *u, const char *dir, const char *name, const char *ours,
		    const char *target)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name), *is = read_link(u, dir, name);
	cleanup_close int fd = open_in_root(u->upper_fd, path, O_PATH | O_NOFOLLOW, 0);

	if (is ? !after_prefix(is, ours) : fd >= 0)
		return 0;
	if (target)
		return is && streq(is, target) ? 0 : put_link(u, dir, name, target);
	return is ? drop(u, dir, name) : 0;
}

static int set_files(const struct upper *u, const char *only)
{
	static const char *const names[] = { "root", "env", "ports", "volumes" };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(names); i++) {
		cleanup_free char *target = only ? xasprintf("apps/%s/%s", only, names[i]) : NULL;

		r = set_link(u, "oci", names[i], "apps/", target);
	}
	return r;
}

static int set_alias(const struct upper *u, const char *only, const char *suffix)
{
	cleanup_free char *alias = xasprintf(APP_UNIT_ALIAS "%s", suffix);
	cleanup_free char *unit = only ? xasprintf("sdme-oci-%s%s", only, suffix) : NULL;
	cleanup_free char *path = unit ? xasprintf("%s/%s", unit_dir(u), unit) : NULL;
	cleanup_close int fd = path ? open_in_root(u->upper_fd, path, O_PATH | O_NOFOLLOW, 0) : -1;

	return set_link(u, unit_dir(u), alias, "sdme-oci-", fd >= 0 ? unit : NULL);
}

/* The service tells the journal of its alias; it is left alone if its text is none of ours. */
static int set_service(const struct upper *u, const char *name, const char *connector, bool is_only)
{
	cleanup_app struct app app = APP_INIT;
	cleanup_free char *file = app_unit_name(name), *path = xasprintf("%s/%s", unit_dir(u), file);
	cleanup_free char *is = NULL, *old = NULL, *text = NULL, *message = NULL;
	struct app_unit unit = { .name = name, .is_only = !is_only };

	if (app_read(u->upper_fd, name, &app, &message) < 0 ||
	    read_file_in_root(u->upper_fd, path, UNIT_MAX, &is) < 0)
		return 0;
	unit.connector = app.connector ? connector : NULL;
	unit.stop_signal = app.stop_signal ? signal_parse(app.stop_signal) : 0;
	old = app_service_text(&unit);
	unit.is_only = is_only;
	text = app_service_text(&unit);
	return streq(is, old) ? put_file(u, unit_dir(u), file, text) : 0;
}

int applayer_settle(const struct upper *u)
{
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_free char *connector = applayer_connector(u->upper_fd);
	int r = app_list(u->upper_fd, &names);
	const char *only = names.n == 1 ? names.v[0] : NULL;

	if (r < 0)
		return log_error_errno(r, "cannot list '/" APP_DIR "'");
	r = set_files(u, only);
	if (r >= 0)
		r = set_alias(u, only, ".service");
	if (r >= 0)
		r = set_alias(u, only, ".socket");
	STRV_FOREACH(name, &names) {
		if (r >= 0)
			r = set_service(u, name, connector, only);
	}
	return r;
}
