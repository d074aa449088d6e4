/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "app/unit.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "container/apps.h"
#include "container/boot.h"
#include "container/connectors.h"
#include "container/inside.h"
#include "container/rootfs.h"
#include "container/userns.h"
#include "container/volumes.h"
#include "host/idmap.h"
#include "host/mountinfo.h"
#include "host/overlay.h"

/* A path inside --bind=, where systemd-nspawn takes some bytes as its own (systemd-nspawn(1)). */
static void add_bind_path(struct strbuf *s, const char *path)
{
	for (; *path; path++) {
		if (strchr("\\:", *path))
			strbuf_add_char(s, '\\');
		strbuf_add_char(s, *path);
	}
}

static bool is_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode));
}

static void add_bind(struct boot_plan *plan, const struct container *c, const char *bind)
{
	cleanup_strv struct strv parts = STRV_INIT;
	struct strbuf s = STRBUF_INIT;

	strv_split(&parts, bind, ':');
	strbuf_add_str(&s, parts.n > 2 && streq(parts.v[2], "ro") ? "--bind-ro=" : "--bind=");
	add_bind_path(&s, parts.v[0]);
	strbuf_add_char(&s, ':');
	add_bind_path(&s, parts.v[1]);
	if (is_device(parts.v[0]))
		strv_add(&plan->devices, parts.v[0]);
	else if (c->userns)
		strbuf_add_str(&s, ":idmap"); /* the host's root is the container's in it */
	strv_add_owned(&plan->argv, strbuf_detach(&s));
}

/* --- applications and connectors ---------------------------------------------------------- */

static void add_own_bind(struct boot_plan *plan, const char *option, const char *from, const char *to,
			 bool is_dir, bool idmap)
{
	struct strbuf s = STRBUF_INIT;

	strbuf_add_str(&s, option);
	add_bind_path(&s, from);
	strbuf_add_char(&s, ':');
	add_bind_path(&s, to);
	if (idmap)
		strbuf_add_str(&s, ":idmap");
	strv_add_owned(&plan->argv, strbuf_detach(&s));
	strv_addf(&plan->places, "%s%s", to, is_dir ? "/" : "");
}

static int add_program(struct boot_plan *plan, const char *to)
{
	cleanup_free char *program = inside_program();

	if (!program)
		return -ENOENT;
	add_own_bind(plan, "--bind-ro=", program, to, false, false);
	return 0;
}

static int add_apps(struct boot_plan *plan, const struct store *s, const struct container *c)
{
	cleanup_strv struct strv apps = STRV_INIT;
	int r = apps_of(s, c, &apps);

	if (r >= 0 && apps.n > 0)
		r = add_program(plan, APP_INIT_PATH);
	if (r < 0 || apps.n == 0)
		return r;
	plan->filters = true;
	add_own_bind(plan, "--bind-ro=", BOOT_FILTERS, APP_FILTERS_DIR, true, false);
	STRV_FOREACH(volume, &c->oci_volumes) {
		cleanup_free char *from = volume_source(s, c->name, volume);

		add_own_bind(plan, "--bind=", from, volume_target(volume), true, c->userns);
	}
	return 0;
}

/* What the container offers. */
static int add_server(struct boot_plan *plan, const struct store *s, const struct container *c)
{
	cleanup_free char *dir = NULL, *target = NULL;
	int r = container_is_host_clone(c) ? 0 : connector_of_rootfs(s, c->rootfs, &plan->connector);

	if (r <= 0)
		return r;
	r = add_program(plan, APP_CONNECTOR_SERVER_PATH);
	if (r < 0)
		return r;
	dir = connector_server_dir(s, plan->connector);
	target = xasprintf("/connectors/%s", plan->connector);
	strv_add(&plan->confined, dir);
	add_own_bind(plan, "--bind=", dir, target, true, c->userns);
	return 0;
}

/* What it may use. */
static int add_clients(struct boot_plan *plan, const struct store *s, const struct container *c)
{
	cleanup_free char *variable = connector_variable(c);
	int r = c->connectors.n > 0 ? add_program(plan, APP_CONNECTOR_CLIENT_PATH) : 0;

	if (r < 0 || c->connectors.n == 0)
		return r;
	/* For those who call it by its name. */
	r = add_program(plan, "/usr/local/bin/sdme-connector-client");
	if (r < 0)
		return r;
	STRV_FOREACH(name, &c->connectors) {
		cleanup_free char *dir = connector_dir(s, name), *target = xasprintf("/connectors/%s", name);

		if (plan->connector && streq(name, plan->connector))
			continue;
		strv_add(&plan->confined, dir);
		add_own_bind(plan, "--bind-ro=", dir, target, true, false);
	}
	strv_addf(&plan->argv, "--setenv=SDME_CONNECTOR_DIR=%s", variable);
	return 0;
}

/* --- network and privileges --------------------------------------------------------------- */

/* The container asks a resolver of its own: set up so when it was made, or by its user. */
static bool has_own_resolver(const struct store *s, const struct container *c)
{
	cleanup_free char *upper = xasprintf("%s/upper", c->name);
	cleanup_close int upper_fd = openat(s->containers_fd, upper, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int fd = open_in_root(upper_fd, "etc/resolv.conf", O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

static void add_network(struct boot_plan *plan, const struct store *s, const struct container *c)
{
	struct strv *argv = &plan->argv;

	if (c->private_network && !container_has_interface(c))
		strv_add(argv, "--private-network");
	if (!container_has_interface(c))
		strv_add(argv, "--resolv-conf=auto");
	else
		strv_addf(argv, "--resolv-conf=%s", has_own_resolver(s, c) ? "off" : "copy-host");
	if (c->network_veth)
		strv_add(argv, "--network-veth");
	if (c->network_bridge)
		strv_addf(argv, "--network-bridge=%s", c->network_bridge);
	if (c->network_zone)
		strv_addf(argv, "--network-zone=%s", c->network_zone);
	STRV_FOREACH(port, &c->ports)
		strv_addf(argv, "--port=%s", port);
}

static void add_security(struct boot_plan *plan, const struct container *c)
{
	struct strv *argv = &plan->argv;

	if (c->userns) {
		/* The layers are shifted when they are mounted; nothing is to be chowned. */
		strv_addf(argv, "--private-users=%u:%u", userns_first_id(c), IDMAP_RANGE);
		strv_add(argv, "--private-users-ownership=off");
	}
	STRV_FOREACH(dropped, &c->drop_caps)
		strv_addf(argv, "--drop-capability=%s", dropped);
	STRV_FOREACH(added, &c->add_caps)
		strv_addf(argv, "--capability=%s", added);
	if (c->no_new_privs)
		strv_add(argv, "--no-new-privileges=yes");
	if (c->read_only)
		strv_add(argv, "--read-only");
	STRV_FOREACH(filter, &c->syscall_filter)
		strv_addf(argv, "--system-call-filter=%s", filter);
}

/* The root filesystem, its base and so on, as rootfs_layers() opens them. */
static int add_layer_names(const struct store *s, const char *rootfs, struct strv *names)
{
	cleanup_free char *name = xstrdup(rootfs);

	while (name) {
		cleanup_kvfile struct kvfile meta = KVFILE_INIT;
		char *base;
		int r = rootfs_check(s, name);

		if (r < 0)
			return r;
		strv_add(names, name);
		if (names->n > OVERLAY_LOWER_MAX)
			return log_error_code(-ELOOP, "the root filesystem '%s' has too many bases", rootfs);
		base = rootfs_read_meta(s, name, &meta) < 0 ? NULL : xstrdup_null(kvfile_get(&meta, "BASE"));
		free(name);
		name = base;
	}
	return 0;
}

int boot_plan_make(const struct store *s, const struct container *c, const char *mountinfo,
		   struct boot_plan *ret)
{
	struct boot_plan plan = { .root = xasprintf(BOOT_DIR "/%s", c->name) };
	struct strv *argv = &plan.argv;
	int r = 0;

	if (container_is_host_clone(c)) {
		strv_add(&plan.lowers, "/");
		mountinfo_submounts(mountinfo, s->config.datadir, &plan.submounts);
	} else {
		r = add_layer_names(s, c->rootfs, &plan.lowers);
	}
	if (r < 0) {
		boot_plan_done(&plan);
		return r;
	}
	if (c->systemd_log_level)
		strv_addf(&plan.env, "SYSTEMD_LOG_LEVEL=%s", c->systemd_log_level);
	/* The tree is mounted for this one process alone; a lock file would outlive one that is killed. */
	strv_add(&plan.env, "SYSTEMD_NSPAWN_LOCK=0");
	strv_add(argv, "systemd-nspawn");
	/* No .nspawn file may change anything, least of all one that an image brings along. */
	strv_add(argv, "--settings=no");
	strv_add(argv, "--keep-unit");
	strv_add(argv, "--quiet");
	strv_add(argv, "--link-journal=no");
	strv_addf(argv, "--machine=%s", c->name);
	strv_addf(argv, "--directory=%s", plan.root);
	add_network(&plan, s, c);
	STRV_FOREACH(bind, &c->binds)
		add_bind(&plan, c, bind);
	STRV_FOREACH(env, &c->envs)
		strv_addf(argv, "--setenv=%s", env);
	r = add_apps(&plan, s, c);
	if (r >= 0)
		r = add_server(&plan, s, c);
	if (r >= 0)
		r = add_clients(&plan, s, c);
	if (r < 0) {
		boot_plan_done(&plan);
		return r;
	}
	add_security(&plan, c);
	strv_add(argv, "--boot");
	*ret = plan;
	return 0;
}

void boot_plan_done(struct boot_plan *plan)
{
	free(plan->root);
	strv_done(&plan->lowers);
	strv_done(&plan->submounts);
	strv_done(&plan->argv);
	strv_done(&plan->env);
	strv_done(&plan->devices);
	strv_done(&plan->confined);
	strv_done(&plan->places);
	free(plan->connector);
	*plan = (struct boot_plan){ 0 };
}
