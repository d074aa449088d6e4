/* SPDX-License-Identifier: MIT */
/* confirm: ask a person a question on the terminal.
 *
 * The question goes to stderr, the answer is a line of stdin, read byte by byte so that nothing behind
 * it is taken. */
#pragma once

#include <stdbool.h>

/* Whether there is somebody to ask: the configuration allows it, stdin is a terminal, and -v has not
 * been given, which scripts are debugged with. */
bool confirm_is_possible(bool interactive);

/* Print the question, such as "remove it? [y/N] ", and read the answer: 1 for yes, 0 for no, -EINTR
 * after an interrupt, another negative errno when stdin cannot be read. The end of the input is a
 * no. With default_yes anything but n and no means yes, else only y and yes do. */
int confirm(const char *question, bool default_yes);

/* Whether a typed line means yes: for confirm(), and its test. */
bool confirm_answer(const char *line, bool default_yes);
