/* SPDX-License-Identifier: MIT */
#include "container/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/parse.h"
#include "container/layers.h"
#include "host/idmap.h"

#define FIRST UINT32_C(524288)
#define LAST UINT32_C(1878982656) /* the last range begins here */

int userns_lock(const struct store *s)
{
	return store_lock(s, "userns", "shift", LOCK_MODE_EXCLUSIVE);
}

unsigned userns_first_id(const struct container *c)
{
	uint64_t id;

	if (!c->userns_shift || parse_u64(c->userns_shift, FIRST, LAST, &id) < 0)
		return FIRST;
	return (unsigned)id;
}

/* FNV-1a: the same name gets the same ids when they are free, so files that were left behind on a
 * bind mount keep their owner. */
static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261U;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619U;
	return h;
}

static int used_shifts(const struct store *s, struct strv *used)
{
	cleanup_strv struct strv names = STRV_INIT;
	int r = store_list(s->state_fd, &names);

	if (r < 0)
		return log_error_errno(r, "cannot list the containers in '%s'", s->config.datadir);
	STRV_FOREACH(name, &names) {
		cleanup_container struct container other = CONTAINER_INIT;
		cleanup_free char *message = NULL;

		if (container_read(s, name, &other, &message) >= 0 && other.userns_shift)
			strv_add(used, other.userns_shift);
	}
	return 0;
}

int userns_allocate(const struct store *s, struct container *c)
{
	cleanup_strv struct strv used = STRV_INIT;
	uint32_t ranges = (LAST - FIRST) / IDMAP_RANGE + 1;
	uint32_t start = hash(c->name) % ranges;
	int r = used_shifts(s, &used);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < ranges; i++) {
		uint32_t first = FIRST + (start + i) % ranges * IDMAP_RANGE;
		cleanup_free char *text = xasprintf("%u", first);

		if (!strv_contains(&used, text)) {
			replace_str(&c->userns_shift, text);
			return 0;
		}
	}
	return log_error_code(-ENOSPC, "no range of ids is free for a user namespace");
}

static int check_file(int fd, int ns_fd)
{
	cleanup_close int clone_fd = idmap_clone(fd, ns_fd);
	char path[PATH_MAX];
	ssize_t n;

	if (!idmap_is_unable(clone_fd))
		return 0;
	n = readlink(fd_path(fd).path, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	return log_error_code(-ENOTSUP, "'%s' cannot be in a container with a user namespace: its file system cannot shift owners; move it to ext4, xfs or btrfs (Linux 5.19 or later), or do without --userns, --hardened and --strict",
			      path);
}

/* Device nodes are bound as they are. */
static int check_bind_source(const char *bind, int ns_fd)
{
	cleanup_free char *source = xstrndup(bind, strcspn(bind, ":"));
	cleanup_close int fd = open(source, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return 0;
	return check_file(fd, ns_fd);
}

int userns_check(const struct store *s, const struct container *c)
{
	cleanup_layers struct layers layers = LAYERS_INIT;
	cleanup_close int ns_fd = idmap_namespace(userns_first_id(c));
	int r = ns_fd < 0 ? 0 : layers_open(s, c, &layers);

	for (size_t i = 0; i < layers.n && r >= 0; i++)
		r = check_file(layers.fds[i], ns_fd);
	for (size_t i = 0; i < c->binds.n && r >= 0 && ns_fd >= 0; i++)
		r = check_bind_source(c->binds.v[i], ns_fd);
	return r;
}
