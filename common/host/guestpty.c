/* SPDX-License-Identifier: MIT */
#include "host/guestpty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

/* linux/major.h: TTYAUX_MAJOR, and the minor number of /dev/ptmx. */
#define PTMX_MAJOR 5
#define PTMX_MINOR 2
#define ID_MAP_MAX 65536

/* What id 0 of the container is to us, from a map of lines "INSIDE OUTSIDE COUNT". */
static int root_id(const struct machine *m, const char *map, unsigned *ret)
{
	cleanup_free char *text = NULL;
	int r = read_file_at(m->proc_fd, map, ID_MAP_MAX, &text);

	if (r < 0)
		return r;
	for (char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		char *end;

		if (strtoul(line, &end, 10) == 0 && end != line) {
			*ret = (unsigned)strtoul(end, NULL, 10);
			return 0;
		}
	}
	return -ENXIO;
}

/* Opened with the ids of the container's root: a terminal that belonged to an id which the container
 * does not have would be of no use in it. */
static int open_as(const char *path, unsigned uid, unsigned gid)
{
	int saved_gid = setfsgid(gid), saved_uid = setfsuid(uid);
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	int error = errno;

	setfsuid((uid_t)saved_uid);
	setfsgid((gid_t)saved_gid);
	return fd < 0 ? -error : fd;
}

int guest_pty_open(const struct machine *m, unsigned *ret_number)
{
	cleanup_close int fd = open_in_root(m->root_fd, "dev/pts/ptmx", O_PATH, 0);
	cleanup_close int master_fd = -1;
	unsigned uid, gid;
	struct statfs fs;
	struct stat st;
	int unlock = 0, r;

	if (fd < 0)
		return fd;
	/* Opening a device can do anything, so it must be this one. */
	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR) ||
	    fs.f_type != DEVPTS_SUPER_MAGIC)
		return -ENODEV;
	r = root_id(m, "uid_map", &uid);
	if (r >= 0)
		r = root_id(m, "gid_map", &gid);
	if (r < 0)
		return r;
	master_fd = open_as(fd_path(fd).path, uid, gid);
	if (master_fd < 0)
		return master_fd;
	if (ioctl(master_fd, TIOCSPTLCK, &unlock) < 0 || ioctl(master_fd, TIOCGPTN, ret_number) < 0)
		return -errno;
	return TAKE_FD(master_fd);
}
