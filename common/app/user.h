/* SPDX-License-Identifier: MIT */
/* user: who the program of an image runs as, by docker's rules, from /etc/passwd and /etc/group of the
 * image.
 *
 *	""           root: uid 0
 *	USER         its uid, gid and home in /etc/passwd, and all groups that have it in /etc/group
 *	UID          the same where /etc/passwd has such a uid; else gid 0, no other group, and home "/"
 *	:GROUP, USER:GROUP, UID:GID and so on
 *	             this group instead of the one in /etc/passwd and no other; a GID may be in no file
 *
 * What is behind a second colon says nothing. The files are read in the tree, when they are regular files
 * of a common size; they may be missing. Lines of another form are passed over. Usable on the host, too. */
#pragma once

#include <sys/types.h>

struct app_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* gid is the first */
	size_t n_groups;
	char *home;
};
#define APP_USER_INIT { .groups = NULL }
#define cleanup_app_user __attribute__((cleanup(app_user_done)))

/* spec may be NULL. ret is filled on success only. Silent; sets *ret_message. -ENOENT: there is no such user
 * or group. */
int app_user_find(int root_fd, const char *spec, struct app_user *ret, char **ret_message);
void app_user_done(struct app_user *user);
