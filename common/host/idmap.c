/* SPDX-License-Identifier: MIT */
#include "host/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

static int write_map(pid_t pid, const char *file, unsigned first_id)
{
	cleanup_free char *path = xasprintf("/proc/%d/%s", (int)pid, file);
	cleanup_free char *map = xasprintf("0 %u %u\n", first_id, IDMAP_RANGE);
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : write_all(fd, map, strlen(map));
}

/* A child that does nothing but be in a new user namespace, until the pipe closes. */
static int child(int ready_fd, int end_fd)
{
	char c = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWUSER) < 0)
		return errno;
	if (write(ready_fd, &c, 1) != 1)
		return EIO;
	close(ready_fd);
	return read(end_fd, &c, 1) < 0 ? errno : 0;
}

int idmap_namespace(unsigned first_id)
{
	cleanup_free char *path = NULL;
	int ready[2], end[2], fd = -1, r = 0;
	char c;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(end, O_CLOEXEC) < 0) {
		r = -errno;
		close(ready[0]);
		close(ready[1]);
		return r;
	}
	pid = fork();
	if (pid == 0) {
		close(end[1]);
		_exit(child(ready[1], end[0]));
	}
	r = pid < 0 ? -errno : 0;
	close(ready[1]);
	close(end[0]);
	if (r == 0 && read(ready[0], &c, 1) != 1)
		r = -EPERM;
	if (r == 0)
		r = write_map(pid, "uid_map", first_id);
	if (r == 0)
		r = write_map(pid, "gid_map", first_id);
	if (r == 0) {
		path = xasprintf("/proc/%d/ns/user", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		r = fd < 0 ? -errno : 0;
	}
	close(ready[0]);
	close(end[1]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return r < 0 ? r : fd;
}

int idmap_clone(int fd, int namespace_fd)
{
	cleanup_close int clone_fd = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned long long)namespace_fd };

	if (clone_fd < 0 || mount_setattr(clone_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -errno;
	return TAKE_FD(clone_fd);
}

bool idmap_is_unable(int error)
{
	return error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP;
}
