/* SPDX-License-Identifier: MIT */
/* options: the command line options that say which image is meant, and whether its registry is asked.
 *
 * The functions check the value and store it; they log. */
#pragma once

#include "applet.h"
#include "image/pull.h"

/* What --pull and --offline say. */
struct pull_option {
	enum pull_policy policy; /* after option_pull_check() of both */
	bool is_given;           /* --pull is */
	bool offline;
};

/* data: a struct pull_option. */
int option_pull(const char *value, void *data);
/* EXIT_USAGE after a message when the two contradict each other. */
int option_pull_check(struct pull_option *o);
/* data: a struct platform. */
int option_platform(const char *value, void *data);

/* data: a const char **. */
int option_digest(const char *value, void *data);

/* Of the name that an operand has (local.h) and the two options below, at most one may be given. *ret is that
 * one or NULL. EXIT_USAGE after a message. */
int choose_name(const char *name, const char *tag, const char *digest, const char **ret);

#define OPTIONS_PULL(option)                                                 \
	OPT_CALL(0, "pull", "WHEN", option_pull, option,                     \
		 "Ask an image's registry: newer, always, missing or never", \
		 .choices = PULL_POLICIES),                                  \
		OPT_FLAG(0, "offline", &(option)->offline, "As --pull never: use what the cache has")

/* flag: a bool; whoever has it calls log_set_max(). */
#define OPTION_QUIET(flag) OPT_FLAG('q', "quiet", flag, "Say nothing of what goes well")

#define OPTION_PLATFORM(platform)                                               \
	OPT_CALL(0, "platform", "OS/ARCH[/VARIANT]", option_platform, platform, \
		 "The image for this platform")

#define OPTIONS_IMAGE(tag, digest)                                                   \
	OPT_STR('t', "tag", "NAME", tag, "Of several images, the one of this name"), \
		OPT_CALL(0, "digest", "DIGEST", option_digest, digest,               \
			 "Of several images, the one of this digest")
