/* SPDX-License-Identifier: MIT */
/* stage: root filesystems come and go as a whole.
 *
 * One is made in fs/.NAME.import-txn-PID and, when it is complete, becomes fs/NAME:
 *
 *	1. syncfs(2): all of the tree is on the disk (most of it was while it was made: host/writeback.h)
 *	2. its meta is written as .NAME.meta.new, with the inode number of the tree
 *	3. the tree is renamed to NAME, or changes places with the old NAME
 *	4. .NAME.meta.new is renamed to .NAME.meta
 *	5. the old tree, if there was one, is deleted
 *
 * Removing one renames it to fs/.NAME.remove-txn-PID first. So whatever is killed when, fs/NAME is
 * whole or not there. Who makes or removes NAME holds its lock exclusively, and what has a name
 * as above while nobody holds that lock is left over from a process that died. Its workers (who have
 * inherited the staged directory's own lock) may still be dying: they are waited for. */
#pragma once

#include <stdbool.h>

#include "base/kvfile.h"
#include "container/store.h"
#include "host/worker.h"

struct stage {
	const struct store *store;
	char *name; /* of the root filesystem */
	char *dir;  /* in fs/; NULL when there is nothing to remove */
	char *aside; /* in fs/: of stage_set_aside(), or NULL */
	int fd;     /* the staged tree, empty at first, mode 0755 */
	int lock_fd;
	struct worker writeback;
};

#define STAGE_INIT { .fd = -1, .lock_fd = -1, .writeback = WORKER_INIT }
#define cleanup_stage __attribute__((cleanup(stage_done)))

/* Lock NAME, clear away what is left over of it, make the staged directory. Without replace it is
 * an error that NAME is there; with it, that it is in use (rootfs_check_unused()). Logs. */
int stage_begin(const struct store *s, const char *name, bool replace, struct stage *ret);

/* What has been staged turns out to be what the tree is to be made of: it becomes a directory of its own,
 * *ret_fd, which goes with the stage (close it before), and the staged tree is empty again. Once for each
 * stage. Logs. */
int stage_set_aside(struct stage *st, int *ret_fd);

/* The five steps. TREE is added to the meta. Logs. */
int stage_commit(struct stage *st, struct kvfile *meta, bool replace);

/* Remove what was not committed, and unlock. */
void stage_done(struct stage *st);

/* Remove a root filesystem; refused while it is in use. Logs. */
int stage_remove(const struct store *s, const char *name);

/* Clear away what processes that died have left in fs/. What is being worked on is passed over, and
 * so is what cannot be removed, but then the first error is returned. Else the number of trees and
 * files removed. Logs. */
int stage_gc(const struct store *s);
