/* SPDX-License-Identifier: MIT */
/* passwd: the user database file of a tree that is not ours.
 *
 * Read as text and resolved in the tree: no name service of the host has a say in it, and no library
 * of the tree is loaded. Silent. */
#pragma once

#include <sys/types.h>

#include "host/machine.h"

struct passwd_entry {
	char *name, *home, *shell;
	uid_t uid;
	gid_t gid;
};

#define cleanup_passwd_entry __attribute__((cleanup(passwd_entry_done)))

/* The user of this name or, when it is a number, of this uid. -ENOENT when there is none. */
int passwd_find(const char *text, const char *user, struct passwd_entry *ret);
/* The same, from /etc/passwd of a running container; errors as of guest_read_file(), too. */
int passwd_find_in_machine(const struct machine *m, const char *user, struct passwd_entry *ret);
void passwd_entry_done(struct passwd_entry *e);
