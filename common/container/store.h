/* SPDX-License-Identifier: MIT */
/* store: the data directory, and the locks and crash rules of what is in it.
 *
 *	state/NAME          a container: its existence is this file (state.h)
 *	containers/NAME/    its writable layers
 *	fs/NAME/            a root filesystem, fs/.NAME.meta what is known of it (rootfs.h)
 *	locks/KIND/NAME.lock
 *
 * The state file is what makes a container: it is published last when one is created, and renamed
 * to state/.NAME.removing first when one is removed. So whatever is killed when, a container is
 * wholly there or wholly absent, and the next command that changes something clears away the rest
 * (recover.h). Locks are taken in the order fs, containers; they do not wait. */
#pragma once

#include <stdbool.h>

#include "base/lock.h"
#include "base/strv.h"
#include "container/config.h"

struct store {
	struct config config;
	int fd; /* the data directory; -1 when it is not there yet (STORE_READ) */
	int state_fd, containers_fd, fs_fd, locks_fd;
};

enum store_mode {
	STORE_READ, /* changes nothing, makes nothing */
	STORE_WRITE,
};

/* Read the configuration (global_args.config) and open the data directory. Logs. */
int store_open(enum store_mode mode, const char *config_path, struct store *ret);
void store_close(struct store *s);
/* The path of the data directory without links, the same whatever configuration it was found by. The
 * caller frees. */
char *store_path(const struct store *s);
/* strerror(3) for what could not be written into it: names the disk if that is full. */
const char *store_write_error(int r);
#define STORE_INIT { .fd = -1, .state_fd = -1, .containers_fd = -1, .fs_fd = -1, .locks_fd = -1 }
#define cleanup_store __attribute__((cleanup(store_close)))

/* Lock kind ("containers", "fs") / name. A descriptor, or it logs who has the lock and returns
 * -EBUSY. Unlocked by close(). */
int store_lock(const struct store *s, const char *kind, const char *name, enum lock_mode mode);
/* As store_lock(), silent, *ret_pid the holder. */
int store_try_lock(const struct store *s, const char *kind, const char *name, enum lock_mode mode,
		   pid_t *ret_pid);
/* Delete the lock file of something that is gone; the caller holds it exclusively. */
void store_forget_lock(const struct store *s, const char *kind, const char *name);

/* The entries of a directory of the store that are proper names, sorted. Silent. */
int store_list(int dir_fd, struct strv *names);

/* The container that input names: exactly, or as the only one that starts with it. Logs. The caller
 * frees *ret_name. */
int store_resolve(const struct store *s, const char *input, char **ret_name);
