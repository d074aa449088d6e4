/* SPDX-License-Identifier: MIT */
/* apparmor: confinement by the kernel's AppArmor, without its library. */
#pragma once

#include <stdbool.h>

bool apparmor_is_enabled(void);

/* Confine what this process executes next with the profile. Logs, with how to load a profile that is
 * not there. */
int apparmor_on_exec(const char *profile);
