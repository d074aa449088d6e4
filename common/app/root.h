/* SPDX-License-Identifier: MIT */
/* root: what has to be in the tree of an application before it can be its root. Of images that hold a program
 * and nothing else, all of it is missing. */
#pragma once

/* Make what is missing in the tree of root_fd: the directories /dev, /proc, /sys, /etc, /run and /var/run,
 * /tmp and /var/tmp, which everybody may write to (1777), and the files in /etc that are mounted from the
 * container. What is there stays as it is, and links lead nowhere but into the tree. -ENOTDIR when /dev,
 * /proc or /sys is something else than a directory, a link included. A tree that cannot be written to is fine
 * if it has these three. Silent. */
int app_root_prepare(int root_fd);

/* Paths in /etc that are mounted from the container's, NULL-terminated: "etc/hosts". */
extern const char *const app_root_files[];
