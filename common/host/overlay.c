/* SPDX-License-Identifier: MIT */
#include "host/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strbuf.h"

static int set_string(int fs_fd, const char *key, const char *value)
{
	return fsconfig(fs_fd, FSCONFIG_SET_STRING, key, value, 0) < 0 ? -errno : 0;
}

static int set_layers(int fs_fd, const int *lower_fds, size_t n, int upper_fd, int work_fd)
{
	cleanup_strbuf struct strbuf lower = STRBUF_INIT;
	int r;

	for (size_t i = 0; i < n; i++)
		strbuf_addf(&lower, "%s%s", i ? ":" : "", fd_path(lower_fds[i]).path);
	r = set_string(fs_fd, "source", "overlay");
	if (r >= 0)
		r = set_string(fs_fd, "lowerdir", lower.buf);
	if (r >= 0 && upper_fd >= 0)
		r = set_string(fs_fd, "upperdir", fd_path(upper_fd).path);
	if (r >= 0 && upper_fd >= 0)
		r = set_string(fs_fd, "workdir", fd_path(work_fd).path);
	return r;
}

int overlay_mount(const int *lower_fds, size_t n, int upper_fd, int work_fd)
{
	cleanup_close int fs_fd = -1;
	int fd, r;

	if (n == 0 || n > OVERLAY_LOWER_MAX || (n == 1 && upper_fd < 0))
		return -EINVAL;
	fs_fd = fsopen("overlay", FSOPEN_CLOEXEC);
	if (fs_fd < 0)
		return -errno;
	r = set_layers(fs_fd, lower_fds, n, upper_fd, work_fd);
	if (r < 0)
		return r;
	if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, upper_fd < 0 ? MOUNT_ATTR_RDONLY : 0);
	return fd < 0 ? -errno : fd;
}

int mount_attach(int mount_fd, int at_fd, const char *path)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH);

	return move_mount(mount_fd, "", at_fd, path, flags) < 0 ? -errno : 0;
}
