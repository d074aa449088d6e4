/* SPDX-License-Identifier: MIT */
#include "layer/acl.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/inode.h"

static int compare(const void *pa, const void *pb)
{
	const struct acl_entry *a = pa, *b = pb;

	if (a->tag != b->tag)
		return a->tag < b->tag ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

int acl_set(int fd, struct acl *acl, bool inherited)
{
	size_t size = sizeof(struct posix_acl_xattr_header) +
		      acl->n * sizeof(struct posix_acl_xattr_entry);
	cleanup_free char *value = xmalloc(size);
	struct posix_acl_xattr_header *header = (void *)value;
	struct posix_acl_xattr_entry *e = (void *)(header + 1);
	int r;

	qsort(acl->entries, acl->n, sizeof(*acl->entries), compare);
	header->a_version = htole32(POSIX_ACL_XATTR_VERSION);
	for (size_t i = 0; i < acl->n; i++) {
		e[i].e_tag = htole16(acl->entries[i].tag);
		e[i].e_perm = htole16(acl->entries[i].perm);
		e[i].e_id = htole32(acl->entries[i].id);
	}
	r = inode_set_xattr(fd, inherited ? "system.posix_acl_default" : "system.posix_acl_access", value,
			    size);
	return r == -ENOTSUP ? 0 : r;
}
