/* SPDX-License-Identifier: MIT */
#include "container/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "container/rootfs.h"
#include "host/idmap.h"

int layers_open(const struct store *s, const struct container *c, struct layers *ret)
{
	int n;

	if (!container_is_host_clone(c)) {
		n = rootfs_layers(s, c->rootfs, ret->fds, OVERLAY_LOWER_MAX);
		if (n < 0)
			return n;
		ret->n = (size_t)n;
		return 0;
	}
	ret->fds[0] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret->fds[0] < 0)
		return log_error_errno(-errno, "cannot open '/'");
	ret->n = 1;
	return 0;
}

void layers_close(struct layers *l)
{
	for (size_t i = 0; i < l->n; i++)
		close(l->fds[i]);
	l->n = 0;
}

int layers_shift(struct layers *l, unsigned first_id)
{
	cleanup_close int ns_fd = idmap_namespace(first_id);

	for (size_t i = 0; i < l->n; i++) {
		int fd = ns_fd < 0 ? ns_fd : idmap_clone(l->fds[i], ns_fd);

		if (idmap_is_unable(fd) || fd == -EPERM)
			return log_error_code(fd, "the file system of the root cannot shift owners for a user namespace (that needs ext4, xfs or btrfs and Linux 5.19 or later)");
		if (fd < 0)
			return log_error_errno(fd, "cannot shift the owners of the root for a user namespace");
		close(l->fds[i]);
		l->fds[i] = fd;
	}
	return 0;
}

int container_dir_open(const struct store *s, const char *name)
{
	int fd = openat(s->containers_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return log_error_errno(-errno, "cannot open the directory of container '%s' (%s/containers/%s)",
				       name, s->config.datadir, name);
	return fd;
}

int writable_open(int dir_fd, const char *container, int *ret_upper, int *ret_work)
{
	cleanup_close int upper = openat(dir_fd, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int work = openat(dir_fd, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (upper < 0 || work < 0)
		return log_error_errno(-errno, "cannot open the writable layer of container '%s'", container);
	*ret_upper = TAKE_FD(upper);
	*ret_work = TAKE_FD(work);
	return 0;
}

char *submount_dir_name(const char *path)
{
	struct strbuf s = STRBUF_INIT;

	for (path += strspn(path, "/"); *path; path++) {
		if (*path == '/' || *path == '%')
			strbuf_addf(&s, "%%%02X", (unsigned char)*path);
		else
			strbuf_add_char(&s, *path);
	}
	return strbuf_detach(&s);
}
