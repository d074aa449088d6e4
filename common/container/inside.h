/* SPDX-License-Identifier: MIT */
/* inside: the static program with the applets that run in containers, which is bound into those that
 * need it. */
#pragma once

/* The installed one, or the one in the build tree that this program is run from. The caller frees;
 * NULL, after a message, when there is none. */
char *inside_program(void);
