/* SPDX-License-Identifier: MIT */
/* config: show and change the configuration. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "container/config.h"

static bool arg_quiet;

static const struct opt opts[] = {
	OPT_FLAG('q', "quiet", &arg_quiet, "With get and no key: only the keys, one a line"),
	OPT_END,
};

static int unknown_key(const char *key)
{
	return usage_error("unknown config key: %s", key);
}

static int get_all(const struct config *c)
{
	for (unsigned i = 0; config_key(i); i++) {
		cleanup_free char *value = config_value(c, i);

		if (arg_quiet)
			printf("%s\n", config_key(i));
		else
			printf("%s = %s\n", config_key(i), value);
	}
	return 0;
}

static int get(const struct args *args)
{
	cleanup_config struct config c = { 0 };
	int i = args->argc > 1 ? config_find(args->argv[1]) : 0;
	int r;

	if (args->argc > 2)
		return usage_error("unexpected argument '%s'", args->argv[2]);
	if (i < 0)
		return unknown_key(args->argv[1]);
	r = config_load(global_args.config, &c);
	if (r < 0)
		return r;
	if (args->argc > 1) {
		cleanup_free char *value = config_value(&c, (unsigned)i);

		printf("%s\n", value);
		return 0;
	}
	return get_all(&c);
}

static int warn_if_overridden(const char *path, unsigned i, const char *value)
{
	cleanup_config struct config c = { 0 };
	cleanup_free char *now = NULL;
	int r = config_load(path, &c);

	if (r < 0)
		return r;
	now = config_value(&c, i);
	if (!streq(now, value))
		log_warning("a file in '%s.d' sets %s to '%s', which wins", c.path, config_key(i), now);
	return 0;
}

static int set(const struct args *args)
{
	const char *path = global_args.config ? global_args.config : CONFIG_PATH;
	cleanup_free char *value = NULL;
	const char *key, *wrong;
	int i, r;

	if (args->argc != 3)
		return usage_error("config set takes a key and a value");
	key = args->argv[1];
	i = config_find(key);
	if (i < 0)
		return unknown_key(key);
	value = config_check((unsigned)i, args->argv[2], &wrong);
	if (!value)
		return usage_error("%s: '%s' %s", key, args->argv[2], wrong);
	if (geteuid() != 0 && !global_args.config)
		return log_error_code(-EPERM, "must be run as root, try it with sudo");
	/* The default needs no line. */
	r = config_edit(path, key, streq(value, config_default((unsigned)i)) ? NULL : value);
	return r < 0 ? r : warn_if_overridden(global_args.config, (unsigned)i, value);
}

static int run(const struct args *args)
{
	if (streq(args->argv[0], "get"))
		return get(args);
	if (streq(args->argv[0], "set"))
		return set(args);
	return usage_error("'%s' is neither get nor set", args->argv[0]);
}

const struct applet applet_config = {
	.name = "sdme-config",
	.summary = "Show and change the configuration",
	.synopsis = "get [KEY] | set KEY VALUE",
	.examples = "  sdme config get\n"
		    "  sudo sdme config set boot_timeout 120\n",
	.opts = opts,
	.operands = { WORDS_NONE, WORDS_CONFIG_KEY, WORDS_NONE },
	.min_operands = 1,
	.max_operands = 3,
	.run = run,
};
