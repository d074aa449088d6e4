/* SPDX-License-Identifier: MIT */
/* osrelease: which system a tree holds, os-release(5). */
#pragma once

#include "base/strv.h"

struct osrelease {
	char *id;          /* "debian"; "linux" when it is not said */
	struct strv like;  /* ID_LIKE, the closest first */
	char *pretty_name; /* for people; NAME or the id when it is not said */
};

#define OSRELEASE_INIT { .id = NULL }
#define cleanup_osrelease __attribute__((cleanup(osrelease_done)))

/* Of the tree at root_fd: etc/os-release, else usr/lib/os-release, found inside the tree. Silent;
 * -ENOENT when there is none. */
int osrelease_read(int root_fd, struct osrelease *ret);
/* From text. What is not an assignment is passed over. */
void osrelease_parse(const char *text, struct osrelease *ret);
void osrelease_done(struct osrelease *o);
