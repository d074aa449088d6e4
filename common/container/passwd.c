/* SPDX-License-Identifier: MIT */
#include "container/passwd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strv.h"
#include "host/guest.h"

/* NAME:PASSWORD:UID:GID:GECOS:HOME:SHELL */
enum {
	FIELD_NAME,
	FIELD_PASSWORD,
	FIELD_UID,
	FIELD_GID,
	FIELD_GECOS,
	FIELD_HOME,
	FIELD_SHELL,
	FIELD_COUNT,
};

#define PASSWD_MAX (16 * 1024 * 1024)
/* (uid_t)-1 means "no id" to the kernel. */
#define ID_MAX (UINT32_MAX - 1)

static size_t count_char(const char *s, char c)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == c;
	return n;
}

static bool parse_line(const char *line, const char *user, struct passwd_entry *ret)
{
	cleanup_strv struct strv fields = STRV_INIT;
	uint64_t uid, gid, wanted;

	/* Not split for nothing: 16 MiB of colons would be 1 GiB of fields. */
	if (count_char(line, ':') != FIELD_COUNT - 1)
		return false;
	strv_split(&fields, line, ':');
	if (fields.n != FIELD_COUNT || !*fields.v[FIELD_NAME] ||
	    parse_u64(fields.v[FIELD_UID], 0, ID_MAX, &uid) < 0 ||
	    parse_u64(fields.v[FIELD_GID], 0, ID_MAX, &gid) < 0)
		return false;
	if (!streq(fields.v[FIELD_NAME], user) &&
	    !(parse_u64(user, 0, ID_MAX, &wanted) == 0 && wanted == uid))
		return false;
	*ret = (struct passwd_entry){
		.name = xstrdup(fields.v[FIELD_NAME]),
		.home = xstrdup(fields.v[FIELD_HOME]),
		.shell = xstrdup(fields.v[FIELD_SHELL]),
		.uid = (uid_t)uid,
		.gid = (gid_t)gid,
	};
	return true;
}

int passwd_find(const char *text, const char *user, struct passwd_entry *ret)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		cleanup_free char *line = xstrndup(text, n);

		if (parse_line(line, user, ret))
			return 0;
		text += n + (text[n] == '\n');
	}
	return -ENOENT;
}

int passwd_find_in_machine(const struct machine *m, const char *user, struct passwd_entry *ret)
{
	cleanup_free char *text = NULL;
	int r = guest_read_file(m, "etc/passwd", PASSWD_MAX, &text);

	return r < 0 ? r : passwd_find(text, user, ret);
}

void passwd_entry_done(struct passwd_entry *e)
{
	cleanup_free_p(&e->name);
	cleanup_free_p(&e->home);
	cleanup_free_p(&e->shell);
	*e = (struct passwd_entry){ 0 };
}
