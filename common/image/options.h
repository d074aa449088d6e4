/* SPDX-License-Identifier: MIT */
/* options: the command line options that say which image is meant, and whether its registry is asked.
 *
 * The functions check the value and store it; they log. */
#pragma once

#include "base/opt.h"
#include "image/pull.h"

/* data: an enum pull_policy. */
int option_pull(const char *value, void *data);
/* data: a struct platform. */
int option_platform(const char *value, void *data);

#define OPTIONS_PULL(policy, offline)                                        \
	OPT_CALL(0, "pull", "WHEN", option_pull, policy,                     \
		 "Ask an image's registry: newer, always, missing or never", \
		 .choices = PULL_POLICIES),                                  \
		OPT_FLAG(0, "offline", offline, "As --pull never: use what the cache has")

#define OPTION_PLATFORM(platform)                                               \
	OPT_CALL(0, "platform", "OS/ARCH[/VARIANT]", option_platform, platform, \
		 "The image for this platform")
