/* SPDX-License-Identifier: MIT */
/* mounts: the root that the program sees, in a mount namespace of its own: the image's tree with what is
 * mounted in it (volumes), and /proc, /sys and /dev as docker has them. /etc/resolv.conf, hosts and
 * hostname are the container's. No path of the image is resolved outside of its tree. */
#pragma once

#include <stdbool.h>

#include "app/launch.h"

/* Leave the mount namespace for a new one with this root, and go into the working directory, which is made
 * if need be. The calling process is in the program's own PID and IPC namespaces. Logs. */
int mounts_enter(const struct launch *l);

/* Go into the working directory inside of our root, if need be making it. Logs. */
int mounts_chdir(const struct launch *l, bool make);
