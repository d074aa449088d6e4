/* SPDX-License-Identifier: MIT */
/* install_plan: the commands that make a tree of a family boot: those of the configuration
 * (distros.FAMILY.import_prehook), else a table of ours. Silent. */
#pragma once

#include <stdbool.h>

#include "base/strv.h"
#include "container/config.h"
#include "container/family.h"

struct install_command {
	struct strv argv;
	bool may_fail;
};
struct install_plan {
	struct install_command *commands;
	size_t n; /* 0: nobody knows how */
};
#define INSTALL_PLAN_INIT        \
	{                        \
		.commands = NULL \
	}
#define cleanup_install_plan __attribute__((cleanup(install_plan_done)))
void install_plan_make(const struct config *config, enum family family, struct install_plan *ret);
void install_plan_done(struct install_plan *plan);
/* One of them as a person would type it; the caller frees. */
char *install_command_text(const struct install_command *command);
