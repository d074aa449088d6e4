/* SPDX-License-Identifier: MIT */
/* rootfs: the root filesystems of the store, fs/NAME/ and what is known of each, fs/.NAME.meta.
 *
 * A root filesystem exists when fs/NAME is a directory. The meta is a kvfile; it may be missing:
 *
 *	DISTRO    the system in it, for people: PRETTY_NAME of os-release(5)
 *	BASE      the root filesystem that this one is a layer on
 *	SOURCE    what it was imported from
 *	IMPORTED  when, seconds since the epoch
 *	APP.APP.* the last two, and what an image is told from, of each application (image/appimport.h)
 *	TREE      inode number of fs/NAME, which tells whether a replacement took place (stage.h)
 *
 * Its tree is fs/NAME over its base, over the base's base. Only a view shows all of it: nothing is to
 * read fs/NAME on its own. Names that begin with a dot are not root filesystems. */
#pragma once

#include <stddef.h>

#include "base/kvfile.h"
#include "container/store.h"

/* Open the directories of NAME, its base and so on, the uppermost first: O_PATH descriptors in fds[],
 * at most n. Returns their number. Logs; -ENOENT when there is no such root filesystem. */
int rootfs_layers(const struct store *s, const char *name, int fds[], size_t n);

/* A directory descriptor of its whole tree, to be read: fs/NAME itself when it has no base, else a
 * mount that is attached nowhere and goes with the descriptor. Logs. */
int rootfs_view(const struct store *s, const char *name);

/* What is known of it; empty when nothing is. ret is empty before. Silent; -EINVAL when the file is
 * damaged. */
int rootfs_read_meta(const struct store *s, const char *name, struct kvfile *ret);
/* The meta that an import which was killed between its last steps has left (stage.h): -ENOENT unless
 * there is one and it is that of the tree that is there. */
int rootfs_read_new_meta(const struct store *s, const char *name, struct kvfile *ret);

/* The system in it, for people, "unknown" when that cannot be told: from the meta, else from its tree. The
 * caller frees. Silent. */
char *rootfs_os(const struct store *s, const char *name);

/* The base that its meta names, or NULL, and the applications that were imported into it (image/appimport.h),
 * added to the list. */
const char *rootfs_meta_base(const struct kvfile *meta);
void rootfs_meta_apps(const struct kvfile *meta, struct strv *names);

/* The names of all, sorted. Logs. */
int rootfs_list(const struct store *s, struct strv *names);
/* 0, or -ENOENT after logging that there is none of this name. */
int rootfs_check(const struct store *s, const char *name);

/* Which containers have which root, by their states, read once; a state that is damaged counts as far
 * as it can be read. */
struct rootfs_uses {
	struct strv containers, roots; /* side by side */
};
#define ROOTFS_USES_INIT { .containers = STRV_INIT }
#define cleanup_rootfs_uses __attribute__((cleanup(rootfs_uses_done)))
/* ret is empty before. Logs. */
int rootfs_read_uses(const struct store *s, struct rootfs_uses *ret);
/* Add the containers whose root NAME is. */
void rootfs_used_by(const struct rootfs_uses *uses, const char *name, struct strv *containers);
void rootfs_uses_done(struct rootfs_uses *uses);

/* Log who uses it, a container or a root filesystem that it is the base of, and return -EBUSY. The
 * caller holds its lock exclusively. */
int rootfs_check_unused(const struct store *s, const char *name);

/* Reorder names so that none comes after one that it is the base of. */
void rootfs_sort_for_removal(const struct store *s, struct strv *names);
