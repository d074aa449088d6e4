/* SPDX-License-Identifier: MIT */
#include "image/options.h"

#include <errno.h>

#include "base/log.h"

int option_pull(const char *value, void *data)
{
	if (pull_policy_parse(value, data) >= 0)
		return 0;
	return log_error_code(-EINVAL, "--pull: '%s' must be newer, always, missing or never",
			      value);
}

int option_platform(const char *value, void *data)
{
	if (platform_parse(value, data) >= 0)
		return 0;
	return log_error_code(
		-EINVAL, "--platform: '%s' is not of the form OS/ARCH[/VARIANT], as linux/arm64",
		value);
}
