/* SPDX-License-Identifier: MIT */
#include "container/create.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "container/connectors.h"
#include "container/customise.h"
#include "container/layers.h"
#include "container/names.h"
#include "container/recover.h"
#include "container/rootfs.h"
#include "container/userns.h"
#include "container/value.h"
#include "container/volumes.h"
#include "host/idmap.h"

/* --- the name ----------------------------------------------------------------------------- */

/* machined's own images would clash with a machine of the same name. */
static bool is_machine_image(const char *name)
{
	cleanup_free char *path = xasprintf("/var/lib/machines/%s", name);

	return access(path, F_OK) == 0;
}

static bool is_taken(const char *name, void *data)
{
	const struct store *s = data;

	return exists_at(s->state_fd, name) || exists_at(s->containers_fd, name) || is_machine_image(name);
}

static int choose_name(const struct store *s, struct container *c, const char *name)
{
	const char *wrong;

	if (!name || !*name) {
		c->name = name_generate(is_taken, (void *)(uintptr_t)s);
		return c->name ? 0 : log_error_code(-EEXIST, "found no free name, choose one with --name");
	}
	wrong = check_name(name);
	if (wrong)
		return log_error_code(-EINVAL, "'%s': %s", name, wrong);
	if (is_machine_image(name))
		return log_error_code(-EEXIST, "there is a machine image '/var/lib/machines/%s', choose another name", name);
	c->name = xstrdup(name);
	return 0;
}

/* --- checks against this host ------------------------------------------------------------- */

static int check_bind_sources(const struct container *c)
{
	STRV_FOREACH(bind, &c->binds) {
		cleanup_free char *source = xstrndup(bind, strcspn(bind, ":"));

		if (access(source, F_OK) < 0)
			return log_error_errno(-errno, "cannot bind '%s'", source);
	}
	return 0;
}

static void warn_about_network(const struct container *c)
{
	/* networkd keeps its state there while it runs. */
	if (container_has_interface(c) && access("/run/systemd/netif/state", F_OK) < 0)
		log_warning("systemd-networkd does not run on this host, so the container gets no address: systemctl start systemd-networkd");
}

static int check_host(const struct store *s, const struct container *c)
{
	int r = check_bind_sources(c);

	STRV_FOREACH(name, &c->connectors) {
		if (r >= 0)
			r = connector_check(s, name);
	}

	if (r >= 0)
		warn_about_network(c);
	return r;
}

/* --- defaults ----------------------------------------------------------------------------- */

static void apply_defaults(struct request *r, const struct config *config)
{
	struct container *c = &r->c;

	if (!r->opaque_dirs_given && container_is_host_clone(c))
		strv_add_all(&c->opaque_dirs, &config->host_rootfs_opaque_dirs);
	if (!r->masked_services_given)
		strv_add_all(&c->masked_services, &config->default_create_masked_services);
	if (!r->masked_services_given && container_has_interface(c))
		strv_remove(&c->masked_services, "systemd-resolved.service");
	if (c->restart_policy && !streq(c->restart_policy, "no") && !c->restart_sec)
		c->restart_sec = xasprintf("%llu", (unsigned long long)config->restart_sec);
	/* An empty limit is how a command line says "none". */
	for (char **limits[] = { &c->memory, &c->cpus, &c->cpu_weight }, ***l = limits;
	     l < limits + ARRAY_SIZE(limits); l++) {
		if (**l && !***l)
			replace_str(*l, NULL);
	}
	c->created = xasprintf("%lld", (long long)time(NULL));
}

/* --- the directory ------------------------------------------------------------------------ */

static int make_dirs(const struct store *s, const struct container *c, int *ret_dir_fd)
{
	uid_t owner = c->userns ? userns_first_id(c) : 0;
	cleanup_close int fd = -1;

	if (mkdirat(s->containers_fd, c->name, 0755) < 0)
		return -errno;
	fd = openat(s->containers_fd, c->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || mkdirat(fd, "upper", 0755) < 0 || mkdirat(fd, "work", 0700) < 0)
		return -errno;
	/* Whatever the umask: the root of the container's tree is as any system's. */
	if (fchmodat(fd, "upper", 0755, 0) < 0 || fchownat(fd, "work", owner, owner, 0) < 0)
		return -errno;
	*ret_dir_fd = TAKE_FD(fd);
	return 0;
}

/* Before the state file says that the container is there, it must be. Files with content have been
 * flushed one by one; ext4 and xfs write names, links and attributes in the order in which they were
 * made, so what makes the state file durable makes them durable. Others are flushed whole. */
static int make_durable(int dir_fd)
{
	struct statfs st;

	if (fstatfs(dir_fd, &st) == 0 && (st.f_type == EXT4_SUPER_MAGIC || st.f_type == XFS_SUPER_MAGIC))
		return 0;
	return syncfs(dir_fd) < 0 ? -errno : 0;
}

/* The kernel would tell only at the first boot. */
static int check_file_system(const struct store *s, int dir_fd)
{
	struct statfs st;

	if (fstatfs(dir_fd, &st) == 0 && st.f_type == OVERLAYFS_SUPER_MAGIC)
		return log_error_code(-ENOTSUP, "the data directory '%s' is on an overlay, which cannot hold the writable layers of containers; set datadir to a directory on a disk", s->config.datadir);
	return 0;
}

static int build(const struct store *s, struct request *request, struct strv *volumes)
{
	struct container *c = &request->c;
	cleanup_close int dir_fd = -1;
	int r = make_dirs(s, c, &dir_fd);

	if (r < 0)
		return log_error_errno(r, "cannot make the directory of container '%s' in '%s'", c->name,
				       s->config.datadir);
	r = check_file_system(s, dir_fd);
	if (r >= 0)
		r = customise(s, request, dir_fd, volumes);
	if (r < 0)
		return r;
	r = make_durable(dir_fd);
	return r < 0 ? log_error_errno(r, "cannot write container '%s' to disk", c->name) : 0;
}

static int publish(const struct store *s, struct container *c)
{
	int r = container_save(s, c, WRITE_EXCL);

	if (r == -EEXIST)
		return log_error_code(r, "container '%s' exists already", c->name);
	return r;
}

static int build_and_publish(const struct store *s, struct request *request)
{
	struct container *c = &request->c;
	cleanup_strv struct strv volumes = STRV_INIT;
	cleanup_close int userns_fd = -1;
	int r;

	if (exists_at(s->state_fd, c->name))
		return log_error_code(-EEXIST, "container '%s' exists already", c->name);
	if (exists_at(s->containers_fd, c->name)) {
		/* Without a state file it is what a killed command left, and we hold the lock. */
		r = rmtree_at(s->containers_fd, c->name);
		if (r < 0)
			return log_error_errno(r, "cannot remove what is left of an earlier container '%s'", c->name);
	}
	if (c->userns) {
		userns_fd = userns_lock(s);
		r = userns_fd < 0 ? userns_fd : userns_allocate(s, c);
		if (r < 0)
			return r;
	}
	log_debug("writing the layer of container '%s' in '%s/containers/%s'", c->name, s->config.datadir, c->name);
	r = build(s, request, &volumes);
	if (r >= 0)
		r = publish(s, c);
	if (r < 0) {
		volumes_undo(s, c->name, &volumes);
		(void)rmtree_at(s->containers_fd, c->name);
	}
	return r;
}

int container_create(const struct store *s, struct request *request, const char *name, const char *rootfs)
{
	struct container *c = &request->c;
	cleanup_close int fs_lock = -1, lock = -1;
	int r;

	(void)store_recover(s, NULL);
	replace_str(&c->rootfs, rootfs ? rootfs : "");
	r = choose_name(s, c, name);
	if (r >= 0)
		r = check_host(s, c);
	if (r < 0)
		return r;
	apply_defaults(request, &s->config);
	if (rootfs) {
		/* A lock makes its file, which would stay for one that is not there. */
		r = rootfs_check(s, rootfs);
		if (r < 0)
			return r;
		fs_lock = store_lock(s, "fs", rootfs, LOCK_MODE_SHARED);
		if (fs_lock < 0)
			return fs_lock;
	}
	r = c->userns ? userns_check(s, c) : 0;
	if (r < 0)
		return r;
	lock = store_lock(s, "containers", c->name, LOCK_MODE_EXCLUSIVE);
	if (lock < 0)
		return lock;
	r = build_and_publish(s, request);
	if (r < 0)
		store_forget_lock(s, "containers", c->name);
	return r;
}
