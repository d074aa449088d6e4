/* SPDX-License-Identifier: MIT */
#include "host/apparmor.h"

#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"

bool apparmor_is_enabled(void)
{
	cleanup_free char *text = NULL;

	return read_file_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16, &text) >= 0 && text[0] == 'Y';
}

int apparmor_on_exec(const char *profile)
{
	cleanup_free char *command = xasprintf("exec %s", profile);
	/* Kernel document LSM/index.rst: the module's own file, then the one all modules share. */
	cleanup_close int fd = open("/proc/self/attr/apparmor/exec", O_WRONLY | O_CLOEXEC);
	int r;

	if (!apparmor_is_enabled())
		return log_error_code(-ENOTSUP, "AppArmor is not enabled on this host, so profile '%s' cannot confine the container", profile);
	if (fd < 0)
		fd = open("/proc/self/attr/exec", O_WRONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : write_all(fd, command, strlen(command));
	if (r == -ENOENT)
		return log_error_code(r, "the AppArmor profile '%s' is not loaded; load it with: apparmor_parser -r FILE", profile);
	return r < 0 ? log_error_errno(r, "cannot use the AppArmor profile '%s'", profile) : 0;
}
