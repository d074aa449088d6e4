/* SPDX-License-Identifier: MIT */
/* kept: the journal that a container which does not run has kept. */
#pragma once

#include "container/store.h"

/* The directory, as journalctl(1) wants it with --directory: /var/log/journal of the writable layer, in
 * which all is that the container itself logged. -ENOENT when it has logged to memory only, or to what is
 * mounted there when it runs. Silent. */
int kept_journal_open(const struct store *s, const char *name);
