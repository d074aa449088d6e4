/* SPDX-License-Identifier: MIT */
/* mountinfo: what is mounted where, from /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
#pragma once

#include "base/strv.h"

/* The mount points below "/" of file systems that keep data of the host (ext4, xfs, btrfs, vfat and
 * the like), sorted so that a parent comes before what is below it, each once. Those under /proc,
 * /sys, /dev, /run, /tmp, /var/tmp and /var/log are left out, and so is everything at or below
 * except. From the text of a mountinfo file. Silent. */
void mountinfo_submounts(const char *mountinfo, const char *except, struct strv *paths);

/* Read /proc/self/mountinfo; the caller frees. Silent. */
int mountinfo_read(char **ret_text);
