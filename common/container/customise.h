/* SPDX-License-Identifier: MIT */
/* customise: what a new container's writable layer starts with, so that the tree below boots as a
 * system of its own: hidden directories, host name, empty machine id and fstab, masked units,
 * resolv.conf, network set-up. */
#pragma once

#include "container/state.h"

/* dir_fd is containers/NAME with upper and work. Logs. */
int customise(const struct store *s, const struct container *c, int dir_fd);
