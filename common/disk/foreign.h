/* SPDX-License-Identifier: MIT */
/* foreign: formats of others that are not read, so that a message can say what a file is. */
#pragma once

/* What the regular file holds, with an article ("a VMDK disk image"), and what makes something of it that is
 * read; both are static. 0 when it is none of those that are known here. Silent. */
int foreign_detect(int fd, const char **ret_what, const char **ret_advice);
