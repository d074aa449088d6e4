/* SPDX-License-Identifier: MIT */
#include "app/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fs.h"

const char *const app_root_files[] = { "etc/resolv.conf", "etc/hosts", "etc/hostname", NULL };

/* Something is mounted on these: a link there would move that to another place of the tree. */
static const char *const mount_points[] = { "dev", "proc", "sys" };

/* Those that come first may be in the way to those behind them. */
static const struct {
	const char *path;
	mode_t mode;
} directories[] = {
	{ "etc", 0755 }, { "run", 0755 },     { "tmp", 01777 },
	{ "var", 0755 }, { "var/run", 0755 }, { "var/tmp", 01777 },
};

static int make_mount_point(int root_fd, const char *name)
{
	struct stat st;

	if (fstatat(root_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	return ensure_dir_at(root_fd, name, 0755);
}

static int make_directory(int root_fd, const char *path, mode_t mode)
{
	cleanup_close int there = open_dir_in_root(root_fd, path);
	cleanup_close int parent = -1;
	const char *name;

	if (there != -ENOENT)
		return there < 0 ? there : 0;
	parent = open_parent_in_root(root_fd, path, 0755, &name);
	return parent < 0 ? parent : ensure_dir_at(parent, name, mode);
}

static int make_file(int root_fd, const char *path)
{
	cleanup_close int there = open_in_root(root_fd, path, O_PATH, 0);

	if (there == -ENOENT)
		there = open_in_root(root_fd, path, O_RDONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, 0644);
	return there < 0 ? there : 0;
}

/* Of an image that is odd in other ways, its program will say so itself, or do without. */
static bool can_be_done_without(int r)
{
	return r == -EROFS || r == -ENOTDIR || r == -ENOENT || r == -ELOOP || r == -EISDIR;
}

int app_root_prepare(int root_fd)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(mount_points) && r == 0; i++)
		r = make_mount_point(root_fd, mount_points[i]);
	for (size_t i = 0; i < ARRAY_SIZE(directories) && r == 0; i++) {
		r = make_directory(root_fd, directories[i].path, directories[i].mode);
		r = can_be_done_without(r) ? 0 : r;
	}
	for (const char *const *path = app_root_files; *path && r == 0; path++) {
		r = make_file(root_fd, *path);
		r = can_be_done_without(r) ? 0 : r;
	}
	return r;
}
