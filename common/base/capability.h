/* SPDX-License-Identifier: MIT */
/* capability: names and numbers of capabilities(7), as of Linux 6.12; linux/capability.h. */
#pragma once

#include <stdint.h>

/* The number of "CAP_CHOWN", -EINVAL for what is none. */
int capability_parse(const char *name);
/* "CAP_CHOWN"; NULL for a number that has no name. */
const char *capability_name(unsigned number);

#define CAPABILITY_BIT(number) (UINT64_C(1) << (number))
