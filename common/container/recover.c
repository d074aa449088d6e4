/* SPDX-License-Identifier: MIT */
#include "container/recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/parse.h"
#include "container/unitfile.h"
#include "container/value.h"
#include "host/unit.h"

char *removal_marker(const char *name)
{
	return xasprintf(".%s.removing", name);
}

int remove_finish(const struct store *s, const char *name, sd_bus *bus)
{
	cleanup_free char *marker = removal_marker(name), *unit = container_unit(name);
	bool changed;
	int r = rmtree_at(s->containers_fd, name);

	if (r < 0)
		return log_error_errno(r, "cannot remove '%s/containers/%s'", s->config.datadir, name);
	r = unitfile_remove(name, &changed);
	if (r < 0)
		return r;
	if (bus) {
		unit_reset_failed(bus, unit);
		if (changed)
			(void)unit_reload_all(bus);
	}
	r = rmtree_at(s->state_fd, marker); /* somebody may have put a directory there */
	if (r < 0)
		return log_error_errno(r, "cannot remove '%s/state/%s'", s->config.datadir, marker);
	store_forget_lock(s, "containers", name);
	return 0;
}

/* The NAME of ".NAME.removing"; NULL for any other. */
static char *marked_name(const char *file)
{
	cleanup_free char *name = NULL;

	if (file[0] != '.' || !has_suffix(file, ".removing"))
		return NULL;
	name = xstrndup(file + 1, strlen(file) - 1 - strlen(".removing"));
	return check_name(name) ? NULL : TAKE_PTR(name);
}

/* ".NAME.tmp-PID" of a process that is gone: a write that was cut off. */
static bool is_stale_temp(const char *file)
{
	const char *pid_text = strstr(file, ".tmp-");
	uint64_t pid;

	return file[0] == '.' && pid_text && parse_u64(pid_text + 5, 1, INT32_MAX, &pid) == 0 &&
	       kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static int list_leftovers(const struct store *s, struct strv *removals)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *e;
	int fd = openat(s->state_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		char *name = marked_name(e->d_name);

		if (name)
			strv_add_owned(removals, name);
		else if (is_stale_temp(e->d_name))
			(void)unlinkat(s->state_fd, e->d_name, 0);
	}
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
	cleanup_bus sd_bus *own = NULL;
	int first_error = 0;

	if (names->n > 0 && !bus && access("/run/systemd/system/", F_OK) == 0) {
		if (bus_open_system(&own) >= 0)
			bus = own;
	}
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
	cleanup_strv struct strv dirs = STRV_INIT, removals = STRV_INIT;
	int r = list_leftovers(s, &removals);

	if (r >= 0)
		r = finish_removals(s, &removals, bus);
	if (store_list(s->containers_fd, &dirs) < 0)
		return r;
	STRV_FOREACH(name, &dirs) {
		if (!exists_at(s->state_fd, name) && !strv_contains(&removals, name))
			remove_orphan(s, name);
	}
	remove_stale_locks(s);
	return r;
}
