/* SPDX-License-Identifier: MIT */
/* inode: what a file has besides its content: owner, mode, time, extended attributes.
 *
 * All take any descriptor of the file, O_PATH ones too, so a symbolic link, a device or a FIFO is
 * reached without being followed or opened. Set them in this order: owner (clears set-user-ID bits
 * and capabilities), mode, attributes, time. Silent, 0 or a negative errno. Needs /proc. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

int inode_set_owner(int fd, uid_t uid, gid_t gid);
/* The lower twelve bits; not for symbolic links. */
int inode_set_mode(int fd, mode_t mode);
/* The time of access stays as it is. */
int inode_set_mtime(int fd, struct timespec mtime);
int inode_set_xattr(int fd, const char *name, const void *value, size_t size);

/* Take away the access lists, which a new file may have inherited from its directory. */
int inode_clear_acl(int fd);

/* True for an attribute that makes sense in another place: not the labels of this machine's SELinux
 * policy, nor the marks by which overlayfs would take a file for something else. */
bool xattr_is_kept(const char *name);

/* Copy the attributes that are kept, access lists and file capabilities among them. What the file
 * system of the copy has no support for is passed over. */
int inode_copy_xattrs(int from_fd, int to_fd);
/* One of them, if it is there. */
int inode_copy_xattr(int from_fd, int to_fd, const char *name);
