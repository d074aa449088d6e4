/* SPDX-License-Identifier: MIT */
/* resolvconf: lend a tree the host's resolv.conf(5), for programs in it that download something.
 *
 * What the tree has in that place, be it a file, a link or anything else, is put aside in the same
 * directory and put back afterwards, whatever was made of the copy meanwhile. All of it is done inside
 * the tree. Silent. */
#pragma once

#include <stdbool.h>

struct resolvconf {
	int etc_fd;  /* -1: nothing is lent */
	char *saved; /* what the tree's own is called meanwhile; NULL: it has none */
};

#define RESOLVCONF_INIT      \
	{                    \
		.etc_fd = -1 \
	}
#define cleanup_resolvconf __attribute__((cleanup(resolvconf_done)))

int resolvconf_lend(int root_fd, struct resolvconf *ret);
/* Take it back. -ENOENT when the tree's own is gone. */
int resolvconf_return(struct resolvconf *r);
/* Take it back if that has not been done, for better or worse. */
void resolvconf_done(struct resolvconf *r);
