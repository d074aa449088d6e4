/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "container/config.h"
#include "container/config_lines.h"

#define FILE_MAX (1024 * 1024)

static int load_file(struct config *c, const char *path, bool must_exist)
{
	cleanup_free char *text = NULL, *message = NULL;
	int r = read_file_at(AT_FDCWD, path, FILE_MAX, &text);

	if (r == -ENOENT && !must_exist)
		return 0;
	if (r == -EACCES && geteuid() != 0)
		return log_error_code(r, "only root may read the configuration '%s', try it with sudo", path);
	if (r < 0)
		return log_error_errno(r, "cannot read the configuration '%s'", path);
	r = config_parse(c, text, &message);
	if (r < 0)
		return log_error_code(r, "the configuration '%s' is wrong: %s", path, message);
	log_debug("read the configuration '%s'", path);
	return 0;
}

static int load_drop_ins(struct config *c, const char *path)
{
	cleanup_free char *dir_path = xasprintf("%s.d", path);
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_closedir DIR *dir = opendir(dir_path);
	struct dirent *e;

	if (!dir)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : log_error_errno(-errno, "cannot read '%s'", dir_path);
	while ((e = readdir(dir))) {
		if (e->d_name[0] != '.' && has_suffix(e->d_name, ".conf"))
			strv_add(&names, e->d_name);
	}
	strv_sort(&names);
	STRV_FOREACH(name, &names) {
		cleanup_free char *file = xasprintf("%s/%s", dir_path, name);
		int r = load_file(c, file, true);

		if (r < 0)
			return r;
	}
	return 0;
}

int config_load(const char *path, struct config *ret)
{
	struct config c;
	int r;

	config_init(&c);
	c.path = xstrdup(path ? path : CONFIG_PATH);
	r = load_file(&c, c.path, path != NULL);
	if (r >= 0)
		r = load_drop_ins(&c, c.path);
	if (r < 0) {
		config_done(&c);
		return r;
	}
	log_debug("configuration '%s', data directory '%s'", c.path, c.datadir);
	*ret = c;
	return 0;
}
int config_load_file(const char *path, struct config *ret)
{
	int r;

	config_init(ret);
	r = load_file(ret, path, true);
	if (r < 0)
		config_done(ret);
	return r;
}

static void wipe_free(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
}

int config_edit_section(const char *path, const char *section, const char *key,
			const struct strv *values, enum config_edit_flags flags)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	cleanup_free char *dir = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	cleanup_(wipe_free) char *text = NULL, *edited = NULL;
	cleanup_close int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* It may come to hold credentials: only root reads a file that we make. */
	mode_t mode = 0600;
	struct stat st;
	int r = dir_fd < 0 ? -errno : read_file_at(dir_fd, name, FILE_MAX, &text);

	if (r < 0 && (r != -ENOENT || dir_fd < 0))
		return log_error_errno(r, "cannot read the configuration '%s'", path);
	remove_stale_temps(dir_fd, name);
	edited = config_lines_edit(text ? text : "", section, key, values);
	if (text && fstatat(dir_fd, name, &st, 0) == 0)
		mode = st.st_mode & (flags & CONFIG_EDIT_SECRET ? 0700 : 07777);
	r = write_file_atomic_at(dir_fd, name, edited, mode, 0);
	if (r < 0)
		return log_error_errno(r, "cannot write the configuration '%s'", path);
	return 0;
}

int config_edit(const char *path, const char *key, const char *value)
{
	cleanup_strv struct strv values = STRV_INIT;
	int i = config_find(key), r;

	if (value)
		strv_add(&values, value);
	r = config_edit_section(path, CONFIG_SECTION, key, &values,
				i >= 0 && value && config_is_secret((unsigned)i) ? CONFIG_EDIT_SECRET
										  : 0);
	if (value)
		explicit_bzero(values.v[0], strlen(values.v[0]));
	return r;
}
