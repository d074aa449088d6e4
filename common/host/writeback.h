/* SPDX-License-Identifier: MIT */
/* writeback: has what is written to a file system go to its disk while more of it is being made.
 *
 * Left to itself, Linux begins when a tenth of the memory waits for it (dirty_background_ratio, in its
 * admin-guide/sysctl/vm.rst), which most trees are not: whoever then syncs waits for all of one. */
#pragma once

#include "host/worker.h"

/* From now until worker_done(), whatever is on the file system of fd. Logs. */
int writeback_start(struct worker *w, int fd);
