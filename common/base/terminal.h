/* SPDX-License-Identifier: MIT */
/* terminal: the terminal that a person sits at.
 *
 * While another terminal is shown on it, ours must hand every key through: raw mode. It is put back
 * by terminal_restore(), and by exit(3) if the program gets there first. Silent. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

/* Raw mode on in_fd if that is a terminal, and no output processing on out_fd if that is one. Again
 * after a stop: what it was at first is kept. */
int terminal_raw(int in_fd, int out_fd);
void terminal_restore(void);

/* Give a new pseudo terminal the keys of the terminal, such as the one that erases, if it is one. */
void terminal_copy_keys(int fd, int pty_fd);
/* Give the pseudo terminal the size of the first of the two that is a terminal. */
void terminal_copy_size(int in_fd, int out_fd, int pty_fd);

/* Looks for ^] three times within a second in what is typed. */
struct terminal_escape {
	unsigned n;
	usec_t first;
};
/* True when the third came. */
bool terminal_escape_feed(struct terminal_escape *e, const char *data, size_t n, usec_t now);
