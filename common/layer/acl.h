/* SPDX-License-Identifier: MIT */
/* acl: POSIX access lists as the kernel takes them, linux/posix_acl_xattr.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Far more than ext4 and xfs store. */
#define ACL_ENTRIES_MAX 1024

struct acl_entry {
	uint16_t tag;  /* ACL_USER_OBJ ... of linux/posix_acl.h, whose order is the kernel's */
	uint16_t perm; /* rwx: 4 2 1 */
	uint32_t id;   /* for ACL_USER and ACL_GROUP */
};

struct acl {
	struct acl_entry entries[ACL_ENTRIES_MAX];
	size_t n;
};

/* Set the list as the access list, or as the one that new files in the directory inherit. Sorts the
 * entries. Silent; 0 when the file system has no access lists. */
int acl_set(int fd, struct acl *acl, bool inherited);
