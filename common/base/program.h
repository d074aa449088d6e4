/* SPDX-License-Identifier: MIT */
/* program: other programs, found in PATH and run without a shell. */
#pragma once

#include "base/strbuf.h"

/* The path of an executable file in $PATH (in the default of systemd when it is not set), or the name if
 * that is a path, whatever is there; the caller frees. NULL when there is none. Silent. */
char *program_find(const char *name);

/* Become the program, with signals as a new program expects them. Returns only on failure: -ENOENT
 * when it is not in PATH, else what execve(2) said. Silent. */
int program_exec(char *const *argv);

/* Run it with stdin from /dev/null and add what it writes to both outputs, a mebibyte at most (one that
 * writes more learns that nobody reads): its exit status, or 128 + the signal that killed it, or a negative
 * errno. Silent. */
#define PROGRAM_OUTPUT_MAX (1024 * 1024)
int program_run(char *const *argv, struct strbuf *output);
