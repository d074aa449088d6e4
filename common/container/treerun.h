/* SPDX-License-Identifier: MIT */
/* treerun: run a program of a tree that is no container, in a systemd-nspawn(1) of its own.
 *
 * It sees the tree as its root, with namespaces, capabilities and a system call filter as containers
 * have them, but the host's network. It gets no terminal and no descriptor of ours but a pipe.
 *
 * A minder process stands between us and systemd-nspawn: when we die, it ends what runs in the tree and
 * holds hold_fd open until that is over. (A directory that is locked through it is not removed before,
 * see stage.h.) */
#pragma once

#include "base/strv.h"

struct tree_run {
	const char *path; /* of the tree, absolute */
	int tree_fd;
	int hold_fd;
	const struct strv *env; /* KEY=VALUE, or KEY for our own value of it */
	char *const *argv;      /* the program, found by the tree's own PATH, and its arguments */
};

/* Run it and wait. Its output goes to the log line by line with -v; the last lines of it are in tail
 * afterwards, which is empty before. Returns its exit status, 128 + a signal's number; or a negative
 * errno after logging (-EINTR after an interrupt: silent, and all of it has ended). */
int tree_run(const struct tree_run *run, struct strv *tail);

/* The arguments of systemd-nspawn: for tree_run(), and its test. in_scope: systemd gives it a unit. */
void tree_run_argv(const struct tree_run *run, bool in_scope, struct strv *argv);
