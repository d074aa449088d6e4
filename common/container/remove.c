/* SPDX-License-Identifier: MIT */
#include "container/remove.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "container/recover.h"
#include "container/stop.h"
#include "container/volumes.h"

int container_remove(const struct store *s, sd_bus *bus, const char *name)
{
	cleanup_free char *marker = removal_marker(name), *volumes = NULL;
	cleanup_close int lock = store_lock(s, "containers", name, LOCK_MODE_EXCLUSIVE);
	int r;

	if (lock < 0)
		return lock;
	if (!exists_at(s->state_fd, name))
		return log_error_code(-ENOENT, "there is no container '%s'", name);
	if (bus) {
		r = container_ensure_stopped(s, bus, name, STOP_TERMINATE);
		if (r < 0)
			return r;
	}
	log_debug("removing the state and the layers of container '%s'", name);
	/* From here on there is no container; what is left of it goes now, or with the next command. */
	if (renameat(s->state_fd, name, s->state_fd, marker) < 0)
		return log_error_errno(-errno, "cannot remove the state of container '%s'", name);
	r = fsync_dir_at(s->state_fd, ".");
	if (r < 0)
		return log_error_errno(r, "cannot remove the state of container '%s'", name);
	volumes = volumes_of(s, name);
	if (volumes)
		log_notice("volume data retained at %s", volumes);
	return remove_finish(s, name, bus);
}

int container_remove_uninterrupted(const struct store *s, sd_bus *bus, const char *name)
{
	int signo = interrupt_save();
	int r = container_remove(s, bus, name);

	interrupt_restore(signo);
	return r;
}
