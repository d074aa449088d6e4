/* SPDX-License-Identifier: MIT */
#include "layer/whiteout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"

#define PREFIX ".wh."
/* AUFS's own files: the directory of its hard links, and so on. */
#define AUFS_PREFIX ".wh..wh."
#define OPAQUE ".wh..wh..opq"

enum whiteout whiteout_parse(const char *path, const char **ret_name)
{
	for (const char *part = path; part; part = strchr(part, '/')) {
		size_t n;

		part += *part == '/';
		n = strcspn(part, "/");
		if (!after_prefix(part, PREFIX))
			continue;
		if (streq(part, OPAQUE))
			return WHITEOUT_OPAQUE;
		if (n > strlen(AUFS_PREFIX) && after_prefix(part, AUFS_PREFIX))
			return strncmp(part, OPAQUE, n) == 0 ? WHITEOUT_BAD : WHITEOUT_IGNORED;
		*ret_name = part + strlen(PREFIX);
		if (part[n] || !**ret_name || streq(*ret_name, ".") || streq(*ret_name, ".."))
			return WHITEOUT_BAD;
		return WHITEOUT_NAME;
	}
	return WHITEOUT_NONE;
}

/* Directories that this layer has something in are looked into, the others are removed whole. Their
 * paths were paths of entries: they fit into a system call. */
static int hide_child(int dir_fd, dev_t dev, ino_t ino, const char *path, const char *name,
		      const struct touched *t, struct strv *todo)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(st.st_mode))
		return touched_has(t, dev, ino, name) ? 0 : rmtree_at(dir_fd, name);
	if (touched_has(t, st.st_dev, st.st_ino, TOUCHED_MADE))
		return 0;
	if (!touched_has(t, st.st_dev, st.st_ino, TOUCHED_DIR))
		return rmtree_at(dir_fd, name);
	strv_addf(todo, "%s%s%s", path, *path ? "/" : "", name);
	return 0;
}

static int hide_children(int top_fd, const char *path, const struct touched *t, struct strv *todo)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *e;
	struct stat st;
	int fd = open_in_root(top_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0), r = 0;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	if (fstat(fd, &st) < 0)
		return -errno;
	if (touched_has(t, st.st_dev, st.st_ino, TOUCHED_MADE))
		return 0;
	while (r >= 0 && (errno = 0, e = readdir(dir))) {
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			r = hide_child(fd, st.st_dev, st.st_ino, path, e->d_name, t, todo);
	}
	return r < 0 ? r : -errno;
}

int whiteout_apply(int dir_fd, const char *name, const struct touched *t)
{
	cleanup_strv struct strv todo = STRV_INIT;
	struct stat st;
	int r = 0;

	if (fstat(dir_fd, &st) < 0)
		return -errno;
	if (touched_has(t, st.st_dev, st.st_ino, TOUCHED_MADE))
		return 0;
	if (name)
		r = hide_child(dir_fd, st.st_dev, st.st_ino, "", name, t, &todo);
	else
		strv_add(&todo, "");
	while (r >= 0 && todo.n > 0) {
		cleanup_free char *path = todo.v[--todo.n];

		todo.v[todo.n] = NULL;
		r = hide_children(dir_fd, path, t, &todo);
	}
	return r;
}
