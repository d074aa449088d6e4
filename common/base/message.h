/* SPDX-License-Identifier: MIT */
/* message: what a silent function says of its failure, for its caller to log.
 *
 *	int thing_parse(..., char **ret_message);
 *
 *	return message_set(ret_message, -EINVAL, "'size' is negative");
 *	return message_prefix(ret_message, r, "layer %zu: ", i);
 *
 * *ret_message is NULL before, as a cleanup_free char * is, and the caller frees it. It ends in no
 * period, and may hold any bytes that the input had: log.h escapes them. */
#pragma once

#include "base/macro.h"

/* Set the text. Returns r. */
int message_set(char **ret_message, int r, const char *format, ...) attr_printf(3, 4);
/* Put this in front of the text that is there. Returns r. */
int message_prefix(char **message, int r, const char *format, ...) attr_printf(3, 4);
