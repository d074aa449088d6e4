/* SPDX-License-Identifier: MIT */
/* confirm: ask a person on the terminal. */
#pragma once

#include <stdbool.h>

/* Somebody can be asked: the configuration allows it, -v does not forbid it, stdin is a terminal. */
bool confirm_is_possible(bool interactive);

/* Print the question on stderr and read a line from stdin: 1 yes, 0 no, -EINTR after an interrupt,
 * another negative errno when stdin cannot be read. With default_yes anything but n and no is yes,
 * else only y and yes are; case and blanks do not matter. The end of the input is the default. */
int confirm(const char *question, bool default_yes);
