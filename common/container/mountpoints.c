/* SPDX-License-Identifier: MIT */
#include "container/mountpoints.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/macro.h"

const char *mountpoints_wrong(int root_fd)
{
	static const char *const paths[] = { "/dev", "/etc", "/proc", "/run", "/sys" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct stat st;

		/* What is missing, systemd-nspawn makes. */
		if (fstatat(root_fd, paths[i] + 1, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode))
			return paths[i];
	}
	return NULL;
}
