/* SPDX-License-Identifier: MIT */
/* family: distributions that are told apart by how packages are installed, by os-release(5). */
#pragma once

#include "container/osrelease.h"

enum family {
	FAMILY_UNKNOWN,
	FAMILY_DEBIAN,
	FAMILY_FEDORA,
	FAMILY_SUSE,
	FAMILY_ARCH,
	FAMILY_NIXOS,
	FAMILY_N,
};

/* What ID says, or else the first word of ID_LIKE that is known. Silent. */
enum family family_of(const struct osrelease *os);
/* Of the tree at root_fd, by its own os-release; without one it is unknown. Silent. */
enum family family_read(int root_fd);

/* "debian", ..., "unknown": as the configuration and fs inspect spell them. */
const char *family_name(enum family family);
/* FAMILY_N when there is none of this name. */
enum family family_find(const char *name);
