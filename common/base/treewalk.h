/* SPDX-License-Identifier: MIT */
/* treewalk: every file below a directory, one after another, by descriptors.
 *
 *	cleanup_treewalk struct treewalk w = TREEWALK_INIT;
 *	r = treewalk_start(&w, root_fd, 0);
 *	while (r >= 0 && (r = treewalk_next(&w)) > 0)
 *		... r is an event, w.entry what it is about ...
 *
 * A directory is entered, then come its other entries, then its sub-directories in the same way,
 * then it is left; the first event enters the root and the last one leaves it. No link is followed.
 * The tree may change meanwhile, even out of malice: what vanished is passed over, and nothing
 * outside the tree is ever reached. Only the deepest directory is open, so the depth is bounded
 * by memory alone. Mount points are entered, but appear empty, unless TREEWALK_CROSS is given; a
 * file that something is mounted on does not appear. Silent. Needs Linux 5.8 (statx, mount ids). */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum treewalk_flags {
	TREEWALK_CROSS = 1 << 0, /* into other mounts too */
};

enum tree_event {
	TREE_END, /* after the root was left */
	TREE_ENTER,
	TREE_LEAVE,
	TREE_FILE, /* anything but a directory */
};

struct tree_stat {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	dev_t dev, rdev;
	ino_t ino;
	uint64_t nlink, size, blocks; /* blocks of 512 bytes */
	uint64_t mount;
	struct timespec mtime;
};

struct tree_entry {
	const char *name; /* "" for the root */
	/* The file itself: O_PATH for TREE_FILE, else readable. Closed by the next step. */
	int fd;
	struct tree_stat st; /* a directory's as it was when it was entered */
};

struct tree_level;

struct treewalk {
	struct tree_entry entry;
	enum treewalk_flags flags;
	struct tree_level *levels;
	size_t n;
	DIR *dir; /* of the deepest level */
	int file_fd;
	bool started;
};

#define TREEWALK_INIT { .file_fd = -1 }
#define cleanup_treewalk __attribute__((cleanup(treewalk_done)))

/* root_fd stays the caller's; O_PATH will do. */
int treewalk_start(struct treewalk *w, int root_fd, enum treewalk_flags flags);
/* The next event, 0 at the end, or a negative errno; -EBUSY when a directory that is being walked
 * was moved, -EINTR after an interrupt. */
int treewalk_next(struct treewalk *w);
/* After TREE_ENTER: let the directory appear empty. */
void treewalk_prune(struct treewalk *w);
/* The path of the entry below the root, "" for the root; the caller frees. */
char *treewalk_path(const struct treewalk *w);
void treewalk_done(struct treewalk *w);
