/* SPDX-License-Identifier: MIT */
/* disk: the root filesystem inside of a disk image, which may be hostile.
 *
 * Images are QCOW2 (qcow2.h) or raw, compressed or not, which is seen by their content; with a GPT, an MBR or
 * without any partition table (partition.h). The root is the partition whose GPT type says so, else the first
 * one with a file system that holds a system: usr/lib/os-release, etc/os-release or sbin/init. In btrfs it
 * may be the subvolume "root", "@" or "@rootfs" as well as the default one.
 *
 * Formats and tables are read by code of ours. The file system itself is mounted by the kernel, because
 * nothing else reads all that has to be kept (owners, holes, hard links, devices, extended attributes,
 * file capabilities) of ext4, xfs and btrfs: what there is in user space loses some of it, or is a kernel
 * in a virtual machine. So a hostile superblock meets the kernel's parser, and nothing beyond that: it is
 * mounted read-only without a replay of its journal, nosuid, nodev, noexec, and detached (loopmount.h), so
 * that no path of this machine leads there; and the copy follows nothing out of it (treewalk.h). */
#pragma once

#include <stdbool.h>

enum disk_format {
	DISK_NONE, /* it is no disk image */
	DISK_RAW,
	DISK_QCOW2,
};

struct disk {
	enum disk_format format;
	bool is_packed; /* it is compressed as a whole */
};

/* Find out what the regular file fd holds. Its position is at its start before and after. Logs. */
int disk_detect(int fd, struct disk *ret);

/* Copy the root filesystem in the image into the directory to_fd, which is empty; temporary files are on its
 * disk. name is for messages. Logs; -EINTR after an interrupt. */
int disk_unpack(const struct disk *disk, int fd, int to_fd, const char *name);
