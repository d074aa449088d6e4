/* SPDX-License-Identifier: MIT */
/* install: make an imported tree one that boots.
 *
 * A tree that has systemd and D-Bus needs nothing. Into another one they are installed by its
 * distribution's own package manager, run in the tree (treerun.h); see install_plan.h for the commands. */
#pragma once

#include <stdbool.h>

#include "container/config.h"

enum install_mode {
	INSTALL_AUTO, /* ask on a terminal, else refuse */
	INSTALL_YES,
	INSTALL_NO,
};
/* "auto", "yes" or "no", else -EINVAL. Silent. */
int install_mode_parse(const char *word, enum install_mode *ret);
#define INSTALL_MODES "auto yes no"

struct install {
	enum install_mode mode;
	bool force; /* a tree that does not boot in the end is worth a warning, not an error */
	const struct config *config;
	const char *name; /* what is imported, for messages */
	const char *path; /* of the tree, absolute */
	int tree_fd;      /* held open while anything runs in it (tree_run.hold_fd) */
};

/* See to it that the tree can boot. 0: it can, or that does not matter. Logs; -EINTR after an
 * interrupt. */
int install_if_needed(const struct install *in);
