/* SPDX-License-Identifier: MIT */
/* unitfile: the template unit sdme@.service, and the drop-in that a few containers need.
 *
 * "make install" puts the template in place. A program that runs from its build tree writes it to
 * /etc/systemd/system itself, so that it is its own sdme-boot that boots; an installed program
 * removes what a build tree left there. All functions log. */
#pragma once

#include <stdbool.h>

#include "container/state.h"
#include "host/bus.h"

/* "sdme@NAME.service"; the caller frees. */
char *container_unit(const char *name);

/* Have the right template in place; systemd reads it again if it changed. */
int unitfile_ensure_template(sd_bus *bus);

/* Write or remove the container's drop-in: the restart policy, which systemd takes from unit files
 * only, and where the configuration is when it is not in its usual place. */
int unitfile_ensure_drop_in(sd_bus *bus, const struct store *s, const struct container *c);

/* The data directory that the unit of this name would boot from, by its drop-in; the caller frees. Only what
 * is enabled or was started has a say: a unit without a drop-in is the usual configuration's. */
char *unitfile_datadir(const struct store *s, const char *name);
/* Whether it starts with the host. Silent. */
bool unitfile_is_enabled(const char *name);

/* Remove the drop-in, limits that were set at run time and the enablement, from the file system alone;
 * *ret_changed tells whether systemd should read its unit files again. */
int unitfile_remove(const char *name, bool *ret_changed);
