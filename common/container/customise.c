/* SPDX-License-Identifier: MIT */
#include "container/customise.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "container/layers.h"
#include "container/upper.h"
#include "container/userns.h"
#include "host/idmap.h"

#define UNIT_DIR "etc/systemd/system"

/* --- directories -------------------------------------------------------------------------- */

static int hide_dirs(const struct store *s, const struct container *c, const struct upper *u)
{
	int r;

	STRV_FOREACH(path, &c->opaque_dirs) {
		r = upper_hide(u, path);
		if (r == -ENOTDIR)
			return log_error_code(r, "cannot hide '%s': it is no directory, or the way to it is a symbolic link", path);
		if (r < 0)
			return log_error_errno(r, "cannot hide '%s'", path);
	}
	if (!container_is_host_clone(c) || !exists_at(u->lower_fd, s->config.datadir + 1))
		return 0;
	/* A clone of the host must not see what other containers have. */
	r = upper_hide(u, s->config.datadir);
	return r < 0 ? log_error_errno(r, "cannot hide '%s' from the container", s->config.datadir) : 0;
}

/* --- files -------------------------------------------------------------------------------- */

static bool has_unit(const struct upper *u, const char *unit)
{
	cleanup_free char *path = xasprintf("usr/lib/systemd/system/%s", unit);

	/* Where /lib is no link to /usr/lib, units are there. */
	return upper_has_below(u, path) || upper_has_below(u, path + strlen("usr/"));
}

static int mask_unit(const struct upper *u, const char *unit)
{
	cleanup_free char *path = xasprintf(UNIT_DIR "/%s", unit);

	return upper_put_link(u, path, "/dev/null");
}

static int enable_unit(const struct upper *u, const char *unit)
{
	cleanup_free char *path = xasprintf(UNIT_DIR "/multi-user.target.wants/%s", unit);
	cleanup_free char *target = xasprintf("/usr/lib/systemd/system/%s", unit);

	return has_unit(u, unit) ? upper_put_link(u, path, target) : 0;
}

/* The host's own mounts and swaps must not be tried in the container. */
static int mask_host_mounts(const struct container *c, const struct upper *u)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *e;
	int fd, r = 0;

	if (strv_contains(&c->opaque_dirs, "/" UNIT_DIR))
		return 0;
	fd = open_in_root(u->lower_fd, UNIT_DIR, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return 0;
	}
	while (r >= 0 && (e = readdir(dir))) {
		if (e->d_type == DT_REG && (has_suffix(e->d_name, ".mount") || has_suffix(e->d_name, ".swap") ||
					    has_suffix(e->d_name, ".automount")))
			r = mask_unit(u, e->d_name);
	}
	return r;
}

static int mask_units(const struct container *c, const struct upper *u)
{
	STRV_FOREACH(unit, &c->masked_services) {
		int r = mask_unit(u, unit);

		if (r < 0)
			return r;
	}
	return container_is_host_clone(c) ? mask_host_mounts(c, u) : 0;
}

/* On some distributions /etc/systemd/system says which program dbus.service is; a container in which
 * that directory is hidden needs it. */
static int restore_dbus(const struct container *c, const struct upper *u)
{
	static const char link[] = UNIT_DIR "/dbus.service";
	cleanup_close int fd = -1;
	char target[256];
	ssize_t n;

	if (!strv_contains(&c->opaque_dirs, "/" UNIT_DIR))
		return 0;
	fd = open_in_root(u->lower_fd, link, O_PATH | O_NOFOLLOW, 0);
	n = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof(target) - 1);
	if (n <= 0)
		return 0;
	target[n] = '\0';
	/* Only a unit of the system itself; anything else is the host's own business. */
	if (!after_prefix(target, "/usr/lib/systemd/system/") && !after_prefix(target, "/lib/systemd/system/") &&
	    (target[0] == '/' || strstr(target, "..")))
		return 0;
	return upper_put_link(u, link, target);
}

/* --- network ------------------------------------------------------------------------------ */

static int set_up_network(const struct container *c, const struct upper *u)
{
	bool interface = container_has_interface(c);
	bool resolved = interface && !strv_contains(&c->masked_services, "systemd-resolved.service") &&
			has_unit(u, "systemd-resolved.service");
	int r;

	if (resolved)
		r = upper_put_link(u, "etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf");
	else
		r = upper_put_file(u, "etc/resolv.conf", "", 0644);
	if (r >= 0 && interface)
		r = enable_unit(u, "systemd-networkd.service");
	if (r >= 0 && resolved)
		r = enable_unit(u, "systemd-resolved.service");
	if (r >= 0 && resolved && c->network_zone)
		r = upper_put_file(u, "etc/systemd/resolved.conf.d/zone-llmnr.conf",
			     "[Resolve]\nLLMNR=yes\nMulticastDNS=yes\n", 0644);
	return r;
}

static int put_identity(const struct container *c, const struct upper *u)
{
	cleanup_free char *hostname = xasprintf("%s\n", c->name);
	cleanup_free char *hosts = xasprintf("127.0.0.1 localhost %s\n::1 localhost ip6-localhost %s\n",
					     c->name, c->name);
	int r = upper_put_file(u, "etc/hostname", hostname, 0644);

	if (r >= 0)
		r = upper_put_file(u, "etc/hosts", hosts, 0644);
	if (r >= 0)
		r = upper_put_file(u, "etc/machine-id", "", 0644); /* machine-id(5): made at the first boot */
	if (r >= 0)
		r = upper_put_file(u, "etc/fstab", "", 0644);
	return r;
}

/* --- owners ------------------------------------------------------------------------------- */

/* Shift the owners of a small tree that we have just made ourselves. */
static int shift_owners(int dir_fd, const char *name, unsigned first_id)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *e;
	struct stat st;
	int fd, r = 0;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (st.st_uid < IDMAP_RANGE && st.st_gid < IDMAP_RANGE &&
	    fchownat(dir_fd, name, st.st_uid + first_id, st.st_gid + first_id, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	/* chown takes set-id bits away. */
	if (!S_ISLNK(st.st_mode) && st.st_mode & 06000 && fchmodat(dir_fd, name, st.st_mode & 07777, 0) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return 0;
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	while (r >= 0 && (e = readdir(dir))) {
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			r = shift_owners(fd, e->d_name, first_id);
	}
	return r;
}

/* ------------------------------------------------------------------------------------------ */

static int write_all_of_it(const struct store *s, const struct container *c, const struct upper *u)
{
	int r = hide_dirs(s, c, u);

	if (r >= 0)
		r = put_identity(c, u);
	if (r >= 0)
		r = restore_dbus(c, u);
	if (r >= 0)
		r = mask_units(c, u);
	if (r >= 0)
		r = set_up_network(c, u);
	return r;
}

/* The tree below as one directory. */
static int merged_lower(const struct layers *l)
{
	if (l->n == 1)
		return fcntl(l->fds[0], F_DUPFD_CLOEXEC, 3);
	return overlay_mount(l->fds, l->n, -1, -1);
}

int customise(const struct store *s, struct request *request, int dir_fd, struct strv *volumes)
{
	struct container *c = &request->c;
	cleanup_layers struct layers layers = LAYERS_INIT;
	cleanup_close int lower_fd = -1, upper_fd = -1;
	struct upper u;
	int r = layers_open(s, c, &layers);

	if (r < 0)
		return r;
	lower_fd = merged_lower(&layers);
	if (lower_fd < 0)
		return log_error_errno(lower_fd, "cannot mount the root filesystem '%s'", c->rootfs);
	upper_fd = openat(dir_fd, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (upper_fd < 0)
		return log_error_errno(-errno, "cannot open the writable layer of container '%s'", c->name);
	u = (struct upper){ lower_fd, upper_fd };
	r = write_all_of_it(s, c, &u);
	if (r >= 0)
		r = apps_set_up(s, c, &request->apps, &u, volumes);
	if (r >= 0 && c->userns) {
		r = shift_owners(dir_fd, "upper", userns_first_id(c));
		if (r < 0)
			(void)log_error_errno(r, "cannot shift the owners of the writable layer");
	}
	return r;
}
