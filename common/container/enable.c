/* SPDX-License-Identifier: MIT */
#include "container/enable.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "container/owner.h"
#include "container/unitfile.h"
#include "host/unit.h"

/* The link of another data directory's container stays. */
static int set_link(const struct store *s, sd_bus *bus, const char *name, bool enabled)
{
	cleanup_free char *unit = container_unit(name), *other = owner_other(s, name);

	if (other)
		return 0;
	return enabled ? unit_enable(bus, unit) : unit_disable(bus, unit);
}

/* The link of systemd's and the state file change one after the other; the marker tells that they may
 * differ. */
static int mark(const struct store *s, const char *name)
{
	cleanup_free char *marker = enable_marker(name);
	int r = write_file_atomic_at(s->state_fd, marker, "", 0600, 0);

	return r < 0 ? log_error_errno(r, "cannot write '%s/state/%s'", s->config.datadir, marker) : 0;
}

static void unmark(const struct store *s, const char *name)
{
	cleanup_free char *marker = enable_marker(name);

	(void)unlinkat(s->state_fd, marker, 0);
}

static int switch_to(const struct store *s, sd_bus *bus, struct container *c, bool enabled)
{
	int r = mark(s, c->name);

	if (r >= 0)
		r = set_link(s, bus, c->name, enabled);
	if (r >= 0) {
		c->enabled = enabled;
		r = container_save(s, c, 0);
	}
	if (r >= 0)
		unmark(s, c->name);
	return r;
}

int container_enable(const struct store *s, sd_bus *bus, const char *name)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_close int lock = store_lock(s, "containers", name, LOCK_MODE_EXCLUSIVE);
	int r = lock < 0 ? lock : container_load(s, name, &c);

	if (r >= 0)
		r = owner_claim(s, bus, name);
	if (r >= 0)
		r = unitfile_ensure_template(bus);
	if (r >= 0)
		r = unitfile_ensure_drop_in(bus, s, &c);
	return r < 0 ? r : switch_to(s, bus, &c, true);
}

int container_disable(const struct store *s, sd_bus *bus, const char *name)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_close int lock = store_lock(s, "containers", name, LOCK_MODE_EXCLUSIVE);
	int r = lock < 0 ? lock : container_load(s, name, &c);

	return r < 0 ? r : switch_to(s, bus, &c, false);
}

char *enable_marker(const char *name)
{
	return xasprintf(".%s.enabling", name);
}

int enable_finish(const struct store *s, sd_bus *bus, const char *name)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *message = NULL;
	int r = container_read(s, name, &c, &message);

	if (r >= 0)
		r = set_link(s, bus, name, c.enabled);
	if (r >= 0 || r == -ENOENT)
		unmark(s, name);
	return r;
}
