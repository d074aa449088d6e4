/* SPDX-License-Identifier: MIT */
/* verify: whether a file has the bytes that a digest names. */
#pragma once

#include "layer/digest.h"

/* 0; -EBADMSG when it has others; -EINTR, or why it cannot be read. Its offset does not matter and stays.
 * hasher_load() comes first. Silent. */
int verify_file(int fd, const struct digest *digest);
