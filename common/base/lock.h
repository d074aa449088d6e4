/* SPDX-License-Identifier: MIT */
/* lock: advisory locks on files of their own, flock(2).
 *
 * The kernel drops a lock when its holder dies. A holder of an exclusive lock may delete the file:
 * whoever waited for it notices and starts over. Silent. */
#pragma once

#include <sys/types.h>

enum lock_mode {
	LOCK_MODE_SHARED,
	LOCK_MODE_EXCLUSIVE,
};

/* Take the lock without waiting, but half a second for what a dead process has left running and is about to
 * end (host/worker.h): a descriptor that holds it until it is closed, or -EBUSY; then *ret_pid is the last
 * process that took it exclusively, 0 if unknown. The file is made if it is not there. */
int lock_try_at(int dir_fd, const char *name, enum lock_mode mode, pid_t *ret_pid);

/* 1 if the file of this name is the one behind fd; 0 when it was deleted or replaced, as can happen
 * between open(2) and flock(2). */
int lock_still_named(int dir_fd, const char *name, int fd);
