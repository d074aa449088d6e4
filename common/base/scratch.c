/* SPDX-License-Identifier: MIT */
#include "base/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

/* --- what is left over -------------------------------------------------------------------- */

/* .NAME.scratch-PID-N */
static bool is_scratch_of(const char *file, const char *name)
{
	const char *rest = file[0] == '.' ? after_prefix(file + 1, name) : NULL;
	const char *numbers = rest ? after_prefix(rest, ".scratch-") : NULL;

	return numbers && numbers[strspn(numbers, "0123456789-")] == '\0';
}

static void remove_if_stale(int parent_fd, const char *file)
{
	cleanup_close int fd =
		openat(parent_fd, file, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)rmtree_at(parent_fd, file); /* the next one tries again */
}

static void remove_stale(int parent_fd, const char *name)
{
	int fd = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (is_scratch_of(e->d_name, name))
			remove_if_stale(parent_fd, e->d_name);
	}
}

/* --- a new one ---------------------------------------------------------------------------- */

/* Made and not locked yet, it may look stale to somebody: then there is another try. */
static int make(struct scratch *s, const char *name)
{
	for (unsigned i = 0; i < 1000; i++) {
		cleanup_free char *file = xasprintf(".%s.scratch-%d-%u", name, (int)getpid(), i);
		cleanup_close int fd = -1;

		if (mkdirat(s->parent_fd, file, 0700) < 0) {
			if (errno == EEXIST)
				continue;
			return -errno;
		}
		fd = openat(s->parent_fd, file, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT)
			return -errno;
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || !exists_at(s->parent_fd, file))
			continue;
		s->name = TAKE_PTR(file);
		s->fd = TAKE_FD(fd);
		return 0;
	}
	return -EEXIST;
}

int scratch_begin(int parent_fd, const char *name, struct scratch *ret)
{
	cleanup_scratch struct scratch s = SCRATCH_INIT;
	int r;

	s.parent_fd = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.parent_fd < 0)
		return -errno;
	remove_stale(s.parent_fd, name);
	r = make(&s, name);
	if (r < 0)
		return r;
	*ret = s;
	s = (struct scratch)SCRATCH_INIT;
	return 0;
}

int scratch_begin_temp(struct scratch *ret)
{
	const char *tmp = getenv("TMPDIR");
	cleanup_free char *path = NULL;
	cleanup_scratch struct scratch s = SCRATCH_INIT;

	if (!tmp || !*tmp)
		tmp = "/var/tmp";
	path = xasprintf("%s/sdme-XXXXXX", tmp);
	s.parent_fd = open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.parent_fd < 0 || !mkdtemp(path))
		return -errno;
	s.name = xstrdup(strrchr(path, '/') + 1);
	s.fd = openat(s.parent_fd, s.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s.fd < 0)
		return -errno;
	*ret = s;
	s = (struct scratch)SCRATCH_INIT;
	return 0;
}

int scratch_publish(struct scratch *s, const char *name)
{
	if (syncfs(s->fd) < 0 || renameat(s->parent_fd, s->name, s->parent_fd, name) < 0)
		return -errno;
	cleanup_free_p(&s->name);
	s->name = NULL;
	return fsync_dir_at(s->parent_fd, ".");
}

void scratch_done(struct scratch *s)
{
	if (s->name)
		(void)rmtree_at(s->parent_fd, s->name);
	cleanup_free_p(&s->name);
	cleanup_close_p(&s->fd);
	cleanup_close_p(&s->parent_fd);
	*s = (struct scratch)SCRATCH_INIT;
}
