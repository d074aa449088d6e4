/* SPDX-License-Identifier: MIT */
/* volume: where an application may have one. */
#pragma once

#include <stdbool.h>

/* True of an absolute path in its normal form, below the root, and not where every application has file
 * systems of the kernel: /proc, /sys, /dev. Links on the way are not looked at. */
bool app_volume_is_allowed(const char *path);
