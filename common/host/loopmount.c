/* SPDX-License-Identifier: MIT */
#include "host/loopmount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

/* How often somebody else may take the device that was free a moment ago. */
#define ATTACH_TRIES 64

/* -EBUSY: it is somebody else's meanwhile. */
static int configure(int number, const struct loopmount *m)
{
	const struct loop_config config = {
		.fd = (__u32)m->fd,
		.info = { .lo_offset = m->offset,
			  .lo_sizelimit = m->size,
			  .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR },
	};
	cleanup_close int fd = -1;
	char path[32];

	snprintf(path, sizeof(path), "/dev/loop%d", number);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENXIO : -errno;
	if (ioctl(fd, LOOP_CONFIGURE, &config) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int attach(const struct loopmount *m)
{
	cleanup_close int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int r = -EBUSY;

	if (control < 0)
		return errno == ENOENT || errno == ENODEV ? -ENXIO : -errno;
	for (int i = 0; r == -EBUSY && i < ATTACH_TRIES; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		r = number < 0 ? -errno : configure(number, m);
	}
	return r;
}

static int set_option(int fs_fd, const char *option)
{
	cleanup_free char *key = xstrdup(option);
	char *value = strchr(key, '=');

	if (!value)
		return fsconfig(fs_fd, FSCONFIG_SET_FLAG, key, NULL, 0) < 0 ? -errno : 0;
	*value++ = '\0';
	return fsconfig(fs_fd, FSCONFIG_SET_STRING, key, value, 0) < 0 ? -errno : 0;
}

/* The last of the messages of the file system's context, see fsopen(2): "e TEXT" is an error. */
static char *read_why(int fs_fd)
{
	char text[1024];
	char *why = NULL;
	ssize_t n;

	while ((n = read(fs_fd, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		if (strncmp(text, "e ", 2) == 0)
			replace_str(&why, text + 2);
	}
	return why;
}

static int make(int fs_fd, int device_fd, const struct loopmount *m)
{
	int r = set_option(fs_fd, "ro");

	for (const char *const *o = m->options; r >= 0 && *o; o++)
		r = set_option(fs_fd, *o);
	if (r >= 0 &&
	    fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", fd_path(device_fd).path, 0) < 0)
		r = -errno;
	if (r >= 0 && fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		r = -errno;
	return r;
}

int loopmount(const struct loopmount *m, char **ret_why)
{
	cleanup_close int device_fd = -1, fs_fd = -1;
	int r;

	*ret_why = NULL;
	fs_fd = fsopen(m->driver, FSOPEN_CLOEXEC);
	if (fs_fd < 0)
		return -errno;
	device_fd = attach(m);
	if (device_fd < 0)
		return device_fd;
	r = make(fs_fd, device_fd, m);
	if (r >= 0) {
		r = fsmount(fs_fd, FSMOUNT_CLOEXEC,
			    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				    MOUNT_ATTR_NOEXEC);
		r = r < 0 ? -errno : r;
	}
	if (r < 0)
		*ret_why = read_why(fs_fd);
	return r;
}
