/* SPDX-License-Identifier: MIT */
/* mountpoints: the directories at the top of a tree that systemd-nspawn sets up before it enters the
 * tree.
 *
 * It goes through them by path: were /dev a symbolic link, it would make its devices in that place on
 * the host (seen with 252). So no tree is handed to it whose directories have not been looked at, and
 * nothing of the tree may run between the two. */
#pragma once

/* NULL, or the path of the first that is there and is no directory. Silent. */
const char *mountpoints_wrong(int root_fd);
