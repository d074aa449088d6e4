/* SPDX-License-Identifier: MIT */
#include "app/volume.h"

#include "base/macro.h"

static bool is_normal(const char *path)
{
	if (path[0] != '/' || path[1] == '\0')
		return false;
	for (const char *p = path; *p; p += strcspn(p, "/")) {
		size_t n = strcspn(++p, "/");

		if (n == 0 || (n == 1 && *p == '.') || (n == 2 && strncmp(p, "..", 2) == 0))
			return false;
	}
	return true;
}

bool app_volume_is_allowed(const char *path)
{
	static const char *const taken[] = { "/proc", "/sys", "/dev" };

	if (!is_normal(path))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		const char *rest = after_prefix(path, taken[i]);

		if (rest && (*rest == '\0' || *rest == '/'))
			return false;
	}
	return true;
}
