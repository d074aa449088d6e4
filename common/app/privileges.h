/* SPDX-License-Identifier: MIT */
/* privileges: what a program may do, and who it is. */
#pragma once

#include "app/launch.h"

/* This process and all that come from it may have no more than the program's capabilities from now on, and
 * the program's filter of system calls. What is needed to become the program's user and to send it signals,
 * we keep until we execute something. Logs. */
int privileges_confine(const struct launch *l);

/* Become the user. Silent. */
int privileges_become(const struct app_user *user);
