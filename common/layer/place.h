/* SPDX-License-Identifier: MIT */
/* place: put the entries of an archive into a directory, one after another.
 *
 * Whatever the names and links say, nothing outside the directory is reached: parents are resolved
 * by the kernel inside it (fs.h), the last component is never followed. A later entry replaces an
 * earlier one of its name, whatever the two are, except that a directory stays with all in it when
 * a directory comes. Missing parents are made, root's, mode 0755.
 *
 * An entry of a layer may be a whiteout (whiteout.h), and is applied to a tree that lower layers have
 * made: a directory that comes for one that is there changes its owner, mode, time and attributes; a
 * directory that comes for a symbolic link to one replaces the link, as with docker and umoci, so a
 * layer that has "lib/" where a lower one merged it into /usr splits it again. A directory for which
 * the layer has no entry keeps its time whatever is put into it.
 *
 *	place_create()   makes the file; then its content is written to the descriptor
 *	place_own()      owner and mode; then its extended attributes
 *	place_time()     time of modification: of a directory not before place_finish()
 *
 * Silent: 0 or a negative errno, and when p->reason is set that says what is wrong. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "layer/touched.h"

struct place_dir;

struct place {
	int root_fd;
	uid_t uid; /* ours */
	gid_t gid;
	bool is_layer;      /* the caller's choice */
	bool clear_acls;    /* set once an entry had a list that others can inherit */
	const char *reason; /* static */
	struct touched touched;

	/* The directory that the last entry went to. */
	char *parent;
	int parent_fd;
	struct stat parent_stat;
	bool parent_is_made; /* by this layer */

	/* The last entry is one that was not there before, with its mode but for the upper three bits. */
	bool fresh;
	struct stat dir_stat; /* the last directory's */
	struct place_dir *dirs; /* what place_finish() has to do */
	size_t n_dirs;
	struct strbuf dir_paths;
};

/* The process's umask should be 0. */
#define PLACE_INIT(fd) { .root_fd = (fd), .parent_fd = -1, .uid = geteuid(), .gid = getegid() }
#define cleanup_place __attribute__((cleanup(place_done)))

struct place_entry {
	const char *path;      /* as the archive has it */
	const char *hard_link; /* NULL, or the path of an entry that was there before; the rest is void */
	const char *symlink;   /* for S_IFLNK */
	mode_t mode;           /* with the type */
	uid_t uid;
	gid_t gid;
	dev_t rdev;
	struct timespec mtime;
};

/* *ret_fd is writable for a regular file, readable for a directory, O_PATH for the others; -1 for a hard
 * link or a whiteout, with which nothing else is to be done. */
int place_create(struct place *p, const struct place_entry *e, int *ret_fd);
int place_own(struct place *p, const struct place_entry *e, int fd);
int place_time(struct place *p, const struct place_entry *e, int fd);
int place_finish(struct place *p);
void place_done(struct place *p);
