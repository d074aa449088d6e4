/* SPDX-License-Identifier: MIT */
#include "app/user.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/message.h"
#include "base/parse.h"

/* Some images have users by the thousand. */
#define DATABASE_MAX (4 * 1024 * 1024)
/* (uid_t)-1 means "no id" to the kernel. */
#define ID_MAX (UINT32_MAX - 1)
/* NGROUPS_MAX, of what setgroups(2) takes. */
#define GROUPS_MAX 65536

/* NAME:PASSWORD:UID:GID:GECOS:HOME:SHELL and NAME:PASSWORD:GID:MEMBER,...; the last ones may be missing. */
enum {
	FIELD_NAME,
	FIELD_ID = 2,
	FIELD_GID = 3,
	FIELD_MEMBERS = 3,
	FIELD_HOME = 5,
	FIELDS_MAX = 7,
};

struct fields {
	char *v[FIELDS_MAX]; /* "" where there is none */
};

/* Take the next line out of the text, which it changes. */
static bool next_line(char **text, struct fields *ret)
{
	char *line = *text, *end = strchrnul(line, '\n');

	if (!*line)
		return false;
	*text = *end ? end + 1 : end;
	*end = '\0';
	for (size_t i = 0; i < FIELDS_MAX; i++) {
		char *colon = strchrnul(line, ':');

		ret->v[i] = line;
		line = *colon ? colon + 1 : colon;
		*colon = '\0';
	}
	return true;
}

static bool parse_id(const char *s, uint64_t *ret)
{
	return parse_u64(s, 0, ID_MAX, ret) == 0;
}

/* Is the entry the one that is asked for? By number if it is asked for by a number. */
static bool matches(const struct fields *f, const char *wanted)
{
	uint64_t number, id;

	if (!*f->v[FIELD_NAME] || !parse_id(f->v[FIELD_ID], &id))
		return false;
	return parse_id(wanted, &number) ? number == id : streq(f->v[FIELD_NAME], wanted);
}

static bool is_member(const char *members, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = members; *s; s += strcspn(s, ","), s += *s == ',') {
		if (strncmp(s, name, n) == 0 && (s[n] == ',' || s[n] == '\0'))
			return true;
	}
	return false;
}

static void add_group(struct app_user *user, gid_t gid)
{
	if (user->n_groups >= GROUPS_MAX)
		return;
	for (size_t i = 0; i < user->n_groups; i++) {
		if (user->groups[i] == gid)
			return;
	}
	user->groups = xreallocarray(user->groups, user->n_groups + 1, sizeof(*user->groups));
	user->groups[user->n_groups++] = gid;
}

/* *ret_text is "" if there is no such file. */
static int read_database(int root_fd, const char *path, char **ret_text, char **ret_message)
{
	int r = read_file_in_root(root_fd, path, DATABASE_MAX, ret_text);

	if (r == -ENOENT || r == -ENOTDIR) {
		*ret_text = xstrdup("");
		return 0;
	}
	return r < 0 ? message_set(ret_message, r, "cannot read /%s of the image: %s", path, strerror(-r)) : 0;
}

/* *ret_name is the name that the user has in /etc/passwd, which the caller frees, or NULL. */
static int find_user(char *passwd, const char *wanted, struct app_user *user, char **ret_name,
		     char **ret_message)
{
	struct fields f;
	uint64_t id = 0, gid;

	while (next_line(&passwd, &f)) {
		if (!matches(&f, *wanted ? wanted : "0") || !parse_id(f.v[FIELD_GID], &gid))
			continue;
		(void)parse_id(f.v[FIELD_ID], &id);
		*ret_name = xstrdup(f.v[FIELD_NAME]);
		user->home = xstrdup(*f.v[FIELD_HOME] == '/' ? f.v[FIELD_HOME] : "/");
		user->uid = (uid_t)id;
		user->gid = (gid_t)gid;
		return 0;
	}
	if (*wanted && !parse_id(wanted, &id))
		return message_set(ret_message, -ENOENT, "the image has no user '%.100s' in its /etc/passwd", wanted);
	user->home = xstrdup("/");
	user->uid = (uid_t)id;
	return 0;
}

static int find_group(char *group, const char *wanted, struct app_user *user, char **ret_message)
{
	struct fields f;
	uint64_t id;

	while (next_line(&group, &f)) {
		if (matches(&f, wanted) && parse_id(f.v[FIELD_ID], &id)) {
			user->gid = (gid_t)id;
			return 0;
		}
	}
	if (!parse_id(wanted, &id))
		return message_set(ret_message, -ENOENT, "the image has no group '%.100s' in its /etc/group", wanted);
	user->gid = (gid_t)id;
	return 0;
}

static void find_groups_of(char *group, const char *name, struct app_user *user)
{
	struct fields f;
	uint64_t id;

	add_group(user, user->gid);
	while (next_line(&group, &f)) {
		if (is_member(f.v[FIELD_MEMBERS], name) && parse_id(f.v[FIELD_ID], &id))
			add_group(user, (gid_t)id);
	}
}

static int find(int root_fd, const char *user_word, const char *group_word, struct app_user *user,
		char **ret_message)
{
	cleanup_free char *passwd = NULL, *group = NULL, *name = NULL;
	int r = read_database(root_fd, "etc/passwd", &passwd, ret_message);

	if (r >= 0)
		r = find_user(passwd, user_word, user, &name, ret_message);
	if (r < 0 || (!*group_word && !name)) {
		add_group(user, user->gid);
		return r;
	}
	r = read_database(root_fd, "etc/group", &group, ret_message);
	if (r >= 0 && *group_word) {
		r = find_group(group, group_word, user, ret_message);
		add_group(user, user->gid);
	} else if (r >= 0) {
		find_groups_of(group, name, user);
	}
	return r;
}

int app_user_find(int root_fd, const char *spec, struct app_user *ret, char **ret_message)
{
	cleanup_app_user struct app_user user = APP_USER_INIT;
	cleanup_free char *user_word = xstrdup(spec ? spec : "");
	char *group_word = strchrnul(user_word, ':');
	int r;

	if (*group_word) {
		*group_word++ = '\0';
		*strchrnul(group_word, ':') = '\0';
	}
	r = find(root_fd, user_word, group_word, &user, ret_message);
	if (r < 0)
		return r;
	*ret = user;
	user = (struct app_user)APP_USER_INIT;
	return 0;
}

void app_user_done(struct app_user *user)
{
	free(user->groups);
	free(user->home);
	*user = (struct app_user)APP_USER_INIT;
}
