/* SPDX-License-Identifier: MIT */
/* seccomp: the system calls that libseccomp, and so systemd-nspawn, knows by name. */
#pragma once

/* 1 when there is a system call of this name, on this architecture or another one (systemd-nspawn takes
 * those, too, and passes over a name that it does not know); 0 when there is none. Logs and returns
 * -ENOENT when libseccomp is not there. */
int seccomp_knows(const char *name);
