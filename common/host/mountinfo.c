/* SPDX-License-Identifier: MIT */
#include "host/mountinfo.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

static const char *const data_types[] = {
	"ext2", "ext3", "ext4", "btrfs", "xfs", "zfs", "f2fs", "bcachefs", "reiserfs", "jfs", "ntfs",
	"ntfs3", "vfat", "exfat",
};

static const char *const left_out[] = {
	"/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/var/log",
};

static bool is_below(const char *path, const char *dir)
{
	const char *rest = after_prefix(path, dir);

	return rest && (*rest == '/' || !*rest);
}

static bool is_wanted(const char *path, const char *type, const char *except)
{
	bool data = false;

	for (size_t i = 0; i < ARRAY_SIZE(data_types); i++)
		data |= streq(type, data_types[i]);
	if (!data || streq(path, "/") || is_below(path, except))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(left_out); i++) {
		if (is_below(path, left_out[i]))
			return false;
	}
	return true;
}

/* Undo the kernel's \040 for blanks and the like, in place. */
static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* The fifth field is the mount point; the type follows " - ". */
static void add_line(const char *line, const char *except, struct strv *paths)
{
	cleanup_strv struct strv fields = STRV_INIT;
	const char *dash = strstr(line, " - ");
	cleanup_free char *type = NULL;

	strv_split(&fields, line, ' ');
	if (!dash || fields.n < 10)
		return;
	type = xstrndup(dash + 3, strcspn(dash + 3, " "));
	unescape(fields.v[4]);
	if (is_wanted(fields.v[4], type, except) && !strv_contains(paths, fields.v[4]))
		strv_add(paths, fields.v[4]);
}

void mountinfo_submounts(const char *mountinfo, const char *except, struct strv *paths)
{
	cleanup_strv struct strv lines = STRV_INIT;

	strv_split(&lines, mountinfo, '\n');
	STRV_FOREACH(line, &lines)
		add_line(line, except, paths);
	strv_sort(paths);
}

int mountinfo_read(char **ret_text)
{
	return read_file_at(AT_FDCWD, "/proc/self/mountinfo", 16 * 1024 * 1024, ret_text);
}
