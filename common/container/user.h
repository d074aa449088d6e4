/* SPDX-License-Identifier: MIT */
/* user: who one is in a container that one enters. */
#pragma once

#include "container/state.h"

/* The user to enter the container as: what --user asked for; else, in a clone of the host, the person
 * who called sudo, if the configuration says so (join_as_sudo_user) and the host knows them, and then
 * it says so; else NULL, which is root. The caller frees *ret_user. Logs. */
int join_user(const struct store *s, const struct container *c, const char *asked, char **ret_user);
