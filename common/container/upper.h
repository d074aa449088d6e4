/* SPDX-License-Identifier: MIT */
/* upper: what goes into a writable layer that is not mounted yet.
 *
 * Everything is written into the upper layer directly, and what is below is only looked at. (Through a
 * mounted overlay each would be a line shorter, but unmounting one flushes the whole file system that its
 * upper layer is on.) Paths begin at the root, with a slash or without. A directory that is on the way gets
 * the owner and mode that it has below, for it is the one that shows; one that is a symbolic link there is
 * -ENOTDIR. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct upper {
	int lower_fd, upper_fd;
};

/* The directory path of the upper layer, made if need be. Silent. */
int upper_open_dir(const struct upper *u, const char *path);
/* The same, so that nothing of what is below shows in it. Silent. */
int upper_hide(const struct upper *u, const char *path);

/* The upper layer has got all that is to be in it: its directories that are below, too, its root among
 * them, get the owner, mode, attributes and time that they have there. Silent. */
int upper_match(const struct upper *u);

/* A new file or link in the place of what is there; a file's bytes are on the disk when this returns.
 * Logs. */
int upper_put_file(const struct upper *u, const char *path, const char *text, mode_t mode);
int upper_put_link(const struct upper *u, const char *path, const char *target);

/* Whether the layers below have it. */
bool upper_has_below(const struct upper *u, const char *path);
