/* SPDX-License-Identifier: MIT */
#include "container/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "container/unitfile.h"
#include "host/unit.h"

#define RUNNING_DIR "/run/sdme/running" /* as data/sdme@.service.in has it */

char *owner_other(const struct store *s, const char *name)
{
	cleanup_free char *note = xasprintf(RUNNING_DIR "/%s/datadir", name);
	cleanup_free char *ours = store_path(s), *owner = NULL;

	if (read_file_at(AT_FDCWD, note, PATH_MAX, &owner) < 0)
		owner = unitfile_datadir(s, name);
	return streq(owner, ours) ? NULL : TAKE_PTR(owner);
}

int owner_claim(const struct store *s, sd_bus *bus, const char *name)
{
	cleanup_free char *other = owner_other(s, name), *unit = container_unit(name);
	enum unit_state state = UNIT_INACTIVE;
	int r = other ? unit_get_state(bus, unit, &state) : 0;

	if (r < 0)
		return r;
	if (state != UNIT_INACTIVE && state != UNIT_FAILED)
		return log_error_code(-EBUSY, "another container '%s' runs, of the data directory '%s'; only one of a name can run on a host",
				      name, other);
	if (other && unitfile_is_enabled(name))
		return log_error_code(-EBUSY, "the host boots another container '%s', of the data directory '%s'; disable that one first",
				      name, other);
	return 0;
}

void owner_write(const struct store *s, const char *name)
{
	cleanup_free char *dir = xasprintf(RUNNING_DIR "/%s", name), *ours = store_path(s);
	cleanup_close int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)write_file_atomic_at(fd, "datadir", ours, 0600, WRITE_NO_SYNC);
}
