/* SPDX-License-Identifier: MIT */
#include "container/connectors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/unit.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "container/rootfs.h"
#include "container/unitfile.h"
#include "container/value.h"
#include "host/overlay.h"
#include "host/unit.h"

#define CONNECTORS "connectors"
#define SERVER ".server"
#define MARKER "oci/proxy-mode"
#define MARKER_MAX 256

char *connector_dir(const struct store *s, const char *name)
{
	return xasprintf("%s/" CONNECTORS "/%s", s->config.datadir, name);
}

char *connector_server_dir(const struct store *s, const char *name)
{
	return xasprintf("%s/" CONNECTORS "/%s/" SERVER, s->config.datadir, name);
}

char *connector_variable(const struct container *c)
{
	if (c->connectors.n == 0)
		return NULL;
	return c->connectors.n == 1 ? xasprintf("/connectors/%s", c->connectors.v[0]) : xstrdup("/connectors");
}

/* --- what a root filesystem offers -------------------------------------------------------- */

/* The uppermost layer that has the marker: 1 and its descriptor. Below the layers that imports have made is a
 * system as it came, which is not to take the name of a connector that it likes. */
static int find_layer(const struct store *s, const char *rootfs, int *ret_fd, char **ret_name)
{
	int fds[OVERLAY_LOWER_MAX], n = rootfs_layers(s, rootfs, fds, OVERLAY_LOWER_MAX), found = 0;

	for (int i = 0; i < n; i++) {
		cleanup_close int fd = fds[i];
		cleanup_free char *text = NULL;

		if (found || i == n - 1 || read_file_in_root(fd, MARKER, MARKER_MAX, &text) < 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		*ret_name = TAKE_PTR(text);
		*ret_fd = TAKE_FD(fd);
		found = 1;
	}
	return n < 0 ? n : found;
}

int connector_of_rootfs(const struct store *s, const char *rootfs, char **ret_name)
{
	cleanup_close int fd = -1;
	cleanup_free char *name = NULL;
	int r = find_layer(s, rootfs, &fd, &name);

	if (r <= 0)
		return r;
	if (check_name(name))
		return log_error_code(-EINVAL, "the connector of the root filesystem '%s' has no proper name (/" MARKER ")",
				      rootfs);
	*ret_name = TAKE_PTR(name);
	return 1;
}

/* --- the directory on the host ------------------------------------------------------------ */

static int ensure_link(int dir_fd, const char *name, const char *target)
{
	if (symlinkat(target, dir_fd, name) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

/* The command's own name may be anything that a directory can hold, but for what has a meaning here. */
static bool is_command_name(const char *name, const char *connector)
{
	return name[0] != '.' && !streq(name, connector) && !has_suffix(name, ".sock");
}

/* The links that the import has put into connectors/NAME/ of the layer. */
static int link_commands(int layer_fd, int dir_fd, const char *connector)
{
	cleanup_free char *path = xasprintf(CONNECTORS "/%s", connector);
	cleanup_closedir DIR *dir = NULL;
	struct dirent *e;
	int fd = open_in_root(layer_fd, path, O_RDONLY | O_DIRECTORY, 0), r = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (r >= 0 && (e = readdir(dir))) {
		if (e->d_type == DT_LNK && is_command_name(e->d_name, connector))
			r = ensure_link(dir_fd, e->d_name, APP_CONNECTOR_CLIENT_PATH);
	}
	return r;
}

static int make(const struct store *s, const char *name, int layer_fd)
{
	cleanup_free char *path = xasprintf(CONNECTORS "/%s", name), *socket = xasprintf("%s.sock", name);
	cleanup_free char *target = xasprintf(SERVER "/%s", socket);
	cleanup_close int fd = -1;
	/* Those who may not read the data directory never get here; those in a container may. */
	int r = ensure_dir_at(s->fd, CONNECTORS, 0755);

	if (r >= 0)
		r = ensure_dir_at(s->fd, path, 0755);
	if (r < 0)
		return r;
	fd = openat(s->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : ensure_link(fd, name, APP_CONNECTOR_CLIENT_PATH);
	if (r >= 0)
		r = ensure_link(fd, socket, target);
	if (r >= 0)
		r = link_commands(layer_fd, fd, name);
	return r < 0 ? r : ensure_dir_at(fd, SERVER, 0755);
}

int connector_make(const struct store *s, const char *name, const char *rootfs)
{
	cleanup_close int layer_fd = -1;
	cleanup_free char *offered = NULL;
	int r = find_layer(s, rootfs, &layer_fd, &offered);

	if (r > 0)
		r = make(s, name, layer_fd);
	return r < 0 ? log_error_errno(r, "cannot make the directory of the connector '%s' in '%s/" CONNECTORS "'",
				       name, s->config.datadir) : 0;
}

/* The root filesystem that offers it has its name. */
static bool is_offered(const struct store *s, const char *name)
{
	cleanup_free char *offered = NULL;

	return exists_at(s->fs_fd, name) && connector_of_rootfs(s, name, &offered) > 0 && streq(offered, name);
}

int connector_check(const struct store *s, const char *name)
{
	cleanup_free char *path = xasprintf(CONNECTORS "/%s", name);

	if (s->fs_fd >= 0 && is_offered(s, name))
		return connector_make(s, name, name);
	if (s->fd >= 0 && exists_at(s->fd, path))
		return 0;
	return log_error_code(-ENOENT, "there is no connector '%s'; import one with: sdme fs import %s IMAGE --oci-mode=connector --base-fs=ROOTFS",
			      name, name);
}

/* --- one server at a time ----------------------------------------------------------------- */

static bool offers(const struct store *s, const char *name, const char *connector)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *offered = NULL, *message = NULL;

	return container_read(s, name, &c, &message) >= 0 && !container_is_host_clone(&c) &&
	       exists_at(s->fs_fd, c.rootfs) && connector_of_rootfs(s, c.rootfs, &offered) > 0 &&
	       streq(offered, connector);
}

/* Of two that start together, the one that began first goes on: each of them sees the other. */
static bool is_before(sd_bus *bus, const char *name, const char *other)
{
	cleanup_free char *unit = container_unit(name), *others_unit = container_unit(other);
	uint64_t began = 0, other_began = 0;

	if (unit_get_begin(bus, unit, &began) < 0 || unit_get_begin(bus, others_unit, &other_began) < 0)
		return false;
	return began != other_began ? began < other_began : strcmp(name, other) < 0;
}

static bool is_in_the_way(sd_bus *bus, const char *name, const char *other)
{
	cleanup_free char *unit = container_unit(other);
	enum unit_state state;

	if (unit_get_state(bus, unit, &state) < 0 || state == UNIT_INACTIVE || state == UNIT_FAILED)
		return false;
	return state != UNIT_ACTIVATING || !is_before(bus, name, other);
}

int connector_check_alone(const struct store *s, const struct container *c, const char *connector)
{
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_bus sd_bus *bus = NULL;
	int r = store_list(s->state_fd, &names);

	if (r >= 0)
		r = bus_open_systemd(&bus);
	if (r < 0)
		return r;
	STRV_FOREACH(name, &names) {
		if (!streq(name, c->name) && offers(s, name, connector) && is_in_the_way(bus, c->name, name))
			return log_error_code(-EBUSY, "the connector '%s' is offered by container '%s' already; stop it first with: sdme stop %s",
					      connector, name, name);
	}
	return 0;
}
