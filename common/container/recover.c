/* SPDX-License-Identifier: MIT */
#include "container/recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "container/enable.h"
#include "container/owner.h"
#include "container/unitfile.h"
#include "container/value.h"
#include "host/unit.h"

char *removal_marker(const char *name)
{
	return xasprintf(".%s.removing", name);
}

static int remove_unit(const struct store *s, const char *name, sd_bus *bus)
{
	cleanup_free char *unit = container_unit(name), *other = owner_other(s, name);
	bool changed;
	int r = other ? 0 : unitfile_remove(name, &changed);

	if (other || r < 0)
		return r;
	if (bus) {
		unit_reset_failed(bus, unit);
		if (changed)
			(void)unit_reload_all(bus);
	}
	return 0;
}

int remove_finish(const struct store *s, const char *name, sd_bus *bus)
{
	cleanup_free char *marker = removal_marker(name), *switch_marker = enable_marker(name);
	int r = rmtree_at(s->containers_fd, name);

	if (r < 0)
		return log_error_errno(r, "cannot remove '%s/containers/%s'", s->config.datadir, name);
	r = remove_unit(s, name, bus);
	if (r < 0)
		return r;
	(void)unlinkat(s->state_fd, switch_marker, 0);
	r = rmtree_at(s->state_fd, marker); /* somebody may have put a directory there */
	if (r < 0)
		return log_error_errno(r, "cannot remove '%s/state/%s'", s->config.datadir, marker);
	store_forget_lock(s, "containers", name);
	return 0;
}

/* The NAME of ".NAMEsuffix"; NULL for any other. */
static char *marked_name(const char *file, const char *suffix)
{
	cleanup_free char *name = NULL;

	if (file[0] != '.' || !has_suffix(file, suffix))
		return NULL;
	name = xstrndup(file + 1, strlen(file) - 1 - strlen(suffix));
	return check_name(name) ? NULL : TAKE_PTR(name);
}

struct leftovers {
	struct strv removals, switches; /* names of containers */
};

static void leftovers_done(struct leftovers *l)
{
	strv_done(&l->removals);
	strv_done(&l->switches);
}

static void add_if_marked(struct strv *names, const char *file, const char *suffix)
{
	char *name = marked_name(file, suffix);

	if (name)
		strv_add_owned(names, name);
}

static int list_leftovers(const struct store *s, struct leftovers *l)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *e;
	int fd = openat(s->state_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		add_if_marked(&l->removals, e->d_name, ".removing");
		add_if_marked(&l->switches, e->d_name, ".enabling");
	}
	remove_stale_temps(s->state_fd, "");
	return 0;
}

/* Nobody else is at it, or there is nothing to recover yet. */
static int try_lock(const struct store *s, const char *name)
{
	pid_t pid;

	return store_try_lock(s, "containers", name, LOCK_MODE_EXCLUSIVE, &pid);
}

static int finish_removals(const struct store *s, const struct strv *names, sd_bus *bus)
{
	int first_error = 0;

	STRV_FOREACH(name, names) {
		cleanup_close int lock = try_lock(s, name);
		int r;

		if (lock < 0)
			continue;
		log_debug("finishing the removal of container '%s'", name);
		r = remove_finish(s, name, bus);
		if (r < 0 && first_error == 0)
			first_error = r;
	}
	return first_error;
}

static int finish_switches(const struct store *s, const struct strv *names, sd_bus *bus)
{
	int first_error = 0;

	STRV_FOREACH(name, names) {
		cleanup_close int lock = bus ? try_lock(s, name) : -1;
		int r;

		if (lock < 0)
			continue;
		log_debug("container '%s': its being enabled is made what its state says", name);
		r = enable_finish(s, bus, name);
		if (r < 0 && r != -ENOENT && first_error == 0)
			first_error = r;
	}
	return first_error;
}

/* Removals first: what is gone needs nothing more. */
static int finish_leftovers(const struct store *s, const struct leftovers *l, sd_bus *bus)
{
	cleanup_bus sd_bus *own = NULL;
	int r, r2;

	if ((l->removals.n > 0 || l->switches.n > 0) && !bus && access("/run/systemd/system/", F_OK) == 0) {
		if (bus_open_system(&own) >= 0)
			bus = own;
	}
	r = finish_removals(s, &l->removals, bus);
	r2 = finish_switches(s, &l->switches, bus);
	return r < 0 ? r : r2;
}

static void remove_orphan(const struct store *s, const char *name)
{
	cleanup_close int lock = try_lock(s, name);
	int r;

	/* Looked at again under the lock: it may have become a container meanwhile. */
	if (lock < 0 || exists_at(s->state_fd, name))
		return;
	log_debug("removing what is left of container '%s', whose creation was cut off", name);
	r = rmtree_at(s->containers_fd, name);
	if (r < 0)
		log_warning_errno(r, "cannot remove '%s/containers/%s'", s->config.datadir, name);
	else
		store_forget_lock(s, "containers", name);
}

/* The lock of a command that was killed before there was anything to lock, or after it was gone. */
static void remove_stale_locks(const struct store *s)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *e;
	int fd = openat(s->locks_fd, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (e = readdir(dir))) {
		cleanup_free char *name = NULL;
		cleanup_close int lock = -1;

		if (!has_suffix(e->d_name, ".lock"))
			continue;
		name = xstrndup(e->d_name, strlen(e->d_name) - strlen(".lock"));
		if (check_name(name) || exists_at(s->state_fd, name) || exists_at(s->containers_fd, name))
			continue;
		lock = try_lock(s, name);
		if (lock >= 0 && !exists_at(s->state_fd, name) && !exists_at(s->containers_fd, name))
			store_forget_lock(s, "containers", name);
	}
}

int store_recover(const struct store *s, sd_bus *bus)
{
	cleanup_(leftovers_done) struct leftovers l = { STRV_INIT, STRV_INIT };
	cleanup_strv struct strv dirs = STRV_INIT;
	int r = list_leftovers(s, &l);

	if (r >= 0)
		r = finish_leftovers(s, &l, bus);
	if (store_list(s->containers_fd, &dirs) < 0)
		return r;
	STRV_FOREACH(name, &dirs) {
		if (!exists_at(s->state_fd, name) && !strv_contains(&l.removals, name))
			remove_orphan(s, name);
	}
	remove_stale_locks(s);
	return r;
}
