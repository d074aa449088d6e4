/* SPDX-License-Identifier: MIT */
#include "container/osrelease.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strbuf.h"

/* The largest that are known have 1 KiB. */
#define FILE_MAX (64 * 1024)

/* A value as a shell would read it, up to the end of the line; the caller frees. Quotes of both kinds
 * and backslashes are known, substitutions are not: the manual rules them out. */
static char *unquote(const char *s)
{
	struct strbuf value = STRBUF_INIT;
	char quote = '\0';

	for (; *s && *s != '\n'; s++) {
		if (quote ? *s == quote : *s == '"' || *s == '\'') {
			quote = quote ? '\0' : *s;
		} else if (*s == '\\' && quote != '\'' && s[1] && s[1] != '\n') {
			/* Between double quotes only these lose the backslash. */
			if (quote && !strchr("$\"\\`", s[1]))
				strbuf_add_char(&value, *s);
			strbuf_add_char(&value, *++s);
		} else if (!quote && strchr(" \t\r", *s)) {
			break;
		} else {
			strbuf_add_char(&value, *s);
		}
	}
	return strbuf_detach(&value);
}

static void take_line(const char *line, struct osrelease *o, char **name)
{
	cleanup_free char *value = NULL;
	const char *raw;

	line += strspn(line, " \t");
	if ((raw = after_prefix(line, "ID=")) && *(value = unquote(raw)))
		replace_str(&o->id, value);
	else if ((raw = after_prefix(line, "PRETTY_NAME=")) && *(value = unquote(raw)))
		replace_str(&o->pretty_name, value);
	else if ((raw = after_prefix(line, "NAME=")) && *(value = unquote(raw)))
		replace_str(name, value);
	else if ((raw = after_prefix(line, "ID_LIKE="))) {
		value = unquote(raw);
		strv_done(&o->like);
		strv_split(&o->like, value, ' ');
		strv_remove(&o->like, "");
	}
}

void osrelease_parse(const char *text, struct osrelease *ret)
{
	cleanup_free char *name = NULL;

	*ret = (struct osrelease)OSRELEASE_INIT;
	while (*text) {
		take_line(text, ret, &name);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	if (!ret->pretty_name)
		ret->pretty_name = xstrdup_null(name ? name : ret->id);
	if (!ret->pretty_name)
		ret->pretty_name = xstrdup("Linux");
	if (!ret->id)
		ret->id = xstrdup("linux");
}

int osrelease_read(int root_fd, struct osrelease *ret)
{
	static const char *const paths[] = { "etc/os-release", "usr/lib/os-release" };
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_free char *text = NULL;

		r = read_file_in_root(root_fd, paths[i], FILE_MAX, &text);
		if (r >= 0) {
			osrelease_parse(text, ret);
			return 0;
		}
	}
	return r;
}

void osrelease_done(struct osrelease *o)
{
	replace_str(&o->id, NULL);
	replace_str(&o->pretty_name, NULL);
	strv_done(&o->like);
}
