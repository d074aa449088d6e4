/* SPDX-License-Identifier: MIT */
/* customise: what a new container's writable layer starts with, so that the tree below boots as a
 * system of its own: hidden directories, host name, empty machine id and fstab, masked units,
 * resolv.conf, network set-up. */
#pragma once

#include "container/options.h"

/* dir_fd is containers/NAME with upper and work. What r->c gets for the applications of its root
 * filesystem is filled in; volumes that are new are added to the list. Logs. */
int customise(const struct store *s, struct request *r, int dir_fd, struct strv *volumes);
