/* SPDX-License-Identifier: MIT */
#include "image/options.h"

#include <errno.h>

#include "base/log.h"
#include "base/macro.h"

int option_pull(const char *value, void *data)
{
	struct pull_option *o = data;

	o->is_given = pull_policy_parse(value, &o->policy) >= 0;
	if (o->is_given)
		return 0;
	return log_error_code(-EINVAL, "--pull: '%s' must be newer, always, missing or never",
			      value);
}

int option_pull_check(struct pull_option *o)
{
	if (!o->offline)
		return 0;
	if (o->is_given && (o->policy == PULL_NEWER || o->policy == PULL_ALWAYS))
		return usage_error("--offline asks no registry, and --pull %s does: give one of them",
				   o->policy == PULL_NEWER ? "newer" : "always");
	o->policy = PULL_NEVER;
	return 0;
}

int option_platform(const char *value, void *data)
{
	if (platform_parse(value, data) >= 0)
		return 0;
	return log_error_code(
		-EINVAL, "--platform: '%s' is not of the form OS/ARCH[/VARIANT], as linux/arm64",
		value);
}

int option_digest(const char *value, void *data)
{
	const char **digest = data;
	struct digest parsed;
	int r = digest_parse(value, &parsed);

	if (r < 0)
		return log_error_code(r, "--digest: '%s' is no digest, as sha256:HEX", value);
	*digest = value;
	return 0;
}

int choose_name(const char *name, const char *tag, const char *digest, const char **ret)
{
	const char *const given[] = { name, tag, digest };

	*ret = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		if (given[i] && *ret)
			return usage_error("two images named: '%s' and '%s'", *ret, given[i]);
		if (given[i])
			*ret = given[i];
	}
	return 0;
}
