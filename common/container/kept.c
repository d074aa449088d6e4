/* SPDX-License-Identifier: MIT */
#include "container/kept.h"

#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

int kept_journal_open(const struct store *s, const char *name)
{
	cleanup_free char *path = xasprintf("%s/upper", name);
	cleanup_close int upper_fd = openat(s->containers_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (upper_fd < 0)
		return -errno;
	return open_in_root(upper_fd, "var/log/journal", O_RDONLY | O_DIRECTORY, 0);
}
