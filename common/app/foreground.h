/* SPDX-License-Identifier: MIT */
/* foreground: job control of a shell that started us, where the program has our terminal. It has a process
 * group of its own, which is in front while we would be. When it stops, so do we, and the shell has the
 * terminal; when we go on, it goes on, in front if the shell has put us there. Silent. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct foreground {
	bool is_ours; /* standard input is our controlling terminal */
};

/* Before the program is started. All signals are blocked, or will be when the others are called. */
void foreground_init(struct foreground *f);
/* The program has stopped. True, and when, it is to go on. */
bool foreground_stopped(const struct foreground *f);
/* It has ended: the terminal is ours. */
void foreground_done(const struct foreground *f);
