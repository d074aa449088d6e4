/* SPDX-License-Identifier: MIT */
#include "container/list.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "container/apps.h"
#include "container/health.h"
#include "container/osrelease.h"
#include "container/rootfs.h"
#include "container/status.h"
#include "host/mountinfo.h"

/* --- what the files say ------------------------------------------------------------------- */

/* os-release by rootfs: many containers, few root filesystems. */
struct os_cache {
	struct strv rootfs, names;
};

/* NULL when the tree does not say. */
static char *os_of_tree(int root_fd)
{
	cleanup_osrelease struct osrelease o = OSRELEASE_INIT;

	return root_fd >= 0 && osrelease_read(root_fd, &o) >= 0 ? TAKE_PTR(o.pretty_name) : NULL;
}

static char *os_of_host(void)
{
	cleanup_close int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return os_of_tree(fd);
}

static const char *os_of_rootfs(const struct store *s, const char *rootfs, struct os_cache *cache)
{
	cleanup_free char *os = NULL;

	for (size_t i = 0; i < cache->rootfs.n; i++) {
		if (streq(cache->rootfs.v[i], rootfs))
			return cache->names.v[i];
	}
	os = *rootfs ? rootfs_os(s, rootfs) : os_of_host();
	strv_add(&cache->rootfs, rootfs);
	strv_add(&cache->names, os && *os ? os : "unknown");
	return cache->names.v[cache->names.n - 1];
}

/* A container may have been upgraded: its writable layer comes first. */
static char *os_of(const struct store *s, const struct container *c, struct os_cache *cache)
{
	cleanup_free char *path = xasprintf("%s/upper", c->name);
	cleanup_close int fd = openat(s->containers_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char *os = os_of_tree(fd);

	return os ? os : xstrdup(os_of_rootfs(s, c->rootfs, cache));
}

static void read_row(const struct store *s, const char *name, struct list_row *row, struct os_cache *cache)
{
	cleanup_strv struct strv problems = STRV_INIT;
	cleanup_free char *message = NULL;
	bool readable;

	row->name = xstrdup(name);
	if (!exists_at(s->containers_fd, name))
		strv_add(&problems, "missing container dir");
	readable = container_read(s, name, &row->c, &message) >= 0;
	if (!readable)
		strv_add(&problems, "unreadable state file");
	else if (!container_is_host_clone(&row->c) && !exists_at(s->fs_fd, row->c.rootfs))
		strv_add(&problems, "missing fs");
	else if (!container_is_host_clone(&row->c))
		(void)apps_of(s, &row->c, &row->apps);
	row->os = readable ? os_of(s, &row->c, cache) : xstrdup("unknown");
	if (problems.n > 0)
		row->health = strv_join(&problems, ", ");
}

static void read_submounts(const struct store *s, struct list *list)
{
	cleanup_strv struct strv submounts = STRV_INIT;
	cleanup_free char *mountinfo = NULL;
	bool known = false;

	for (size_t i = 0; i < list->n; i++) {
		struct list_row *row = &list->rows[i];

		if (!row->c.name || !container_is_host_clone(&row->c))
			continue;
		if (!known && mountinfo_read(&mountinfo) >= 0)
			mountinfo_submounts(mountinfo, s->config.datadir, &submounts);
		known = true;
		strv_add_all(&row->submounts, &submounts);
	}
}

/* --- what systemd and the containers say -------------------------------------------------- */

static const char *health_word(const struct health *h)
{
	const char *app = app_health_word(h->app_health);

	if (h->app_health == APP_HEALTH_UNHEALTHY)
		return app;
	if (!h->state)
		return "unknown";
	if (!streq(h->state, "running"))
		return h->state;
	return app ? app : "ok";
}

static void ask_running(sd_bus *bus, struct list *list)
{
	cleanup_free struct health *items = xcalloc(list->n, sizeof(*items));
	cleanup_free struct list_row **rows = xcalloc(list->n, sizeof(*rows));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct list_row *row = &list->rows[i];

		if (row->unit != UNIT_ACTIVE)
			continue;
		rows[n] = row;
		items[n++] = (struct health){ .name = row->name,
					      .apps = &row->apps,
					      .want_addresses = container_has_interface(&row->c) };
	}
	if (n > 0)
		health_ask(bus, items, n);
	for (size_t i = 0; i < n; i++) {
		if (!rows[i]->health)
			rows[i]->health = xstrdup(health_word(&items[i]));
		strv_add_all(&rows[i]->addresses, &items[i].addresses);
		health_done(&items[i]);
	}
}

/* What is known without asking the container; NULL when it is to be asked, or stopped. */
static const char *health_of_unit(enum unit_state state)
{
	switch (state) {
	case UNIT_FAILED:
		return "failed";
	case UNIT_ACTIVATING:
		return "starting";
	case UNIT_DEACTIVATING:
		return "stopping";
	case UNIT_INACTIVE:
	case UNIT_ACTIVE:
		break;
	}
	return NULL;
}

static int ask_systemd(const struct store *s, struct list *list)
{
	cleanup_unit_list struct unit_list units = { 0 };
	cleanup_bus sd_bus *bus = NULL;
	int r = bus_open_system(&bus);

	if (r >= 0)
		r = unit_list(bus, "sdme@*.service", &units);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list->n; i++) {
		struct list_row *row = &list->rows[i];

		row->unit = status_of(s, &units, row->name);
		if (!row->health)
			row->health = xstrdup_null(health_of_unit(row->unit));
	}
	ask_running(bus, list);
	return 0;
}

int list_collect(const struct store *s, struct list *ret)
{
	cleanup_strv struct strv names = STRV_INIT;
	struct os_cache cache = { STRV_INIT, STRV_INIT };
	struct list list = { 0 };
	int r = store_list(s->state_fd, &names);

	if (r < 0)
		return log_error_errno(r, "cannot list the containers in '%s'", s->config.datadir);
	list.rows = xcalloc(names.n, sizeof(*list.rows));
	STRV_FOREACH(name, &names)
		read_row(s, name, &list.rows[list.n++], &cache);
	strv_done(&cache.rootfs);
	strv_done(&cache.names);
	read_submounts(s, &list);
	if (list.n > 0 && access("/run/systemd/system/", F_OK) == 0)
		r = ask_systemd(s, &list);
	for (size_t i = 0; i < list.n; i++) {
		if (!list.rows[i].health)
			list.rows[i].health = xstrdup("ok");
	}
	if (r < 0)
		list_done(&list);
	else
		*ret = list;
	return r;
}

void list_done(struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct list_row *row = &list->rows[i];

		free(row->name);
		free(row->health);
		free(row->os);
		strv_done(&row->addresses);
		strv_done(&row->submounts);
		strv_done(&row->apps);
		container_done(&row->c);
	}
	free(list->rows);
	*list = (struct list){ 0 };
}
