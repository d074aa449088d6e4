/* SPDX-License-Identifier: MIT */
#include "container/config_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/strbuf.h"

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	for (n = strlen(s); n > 0 && strchr(" \t\r", s[n - 1]);)
		s[--n] = '\0';
	return s;
}

void config_line_split(struct config_line *l, const char *start, size_t n)
{
	char *s, *equals;

	l->text = xstrndup(start, n);
	s = trim(l->text);
	if (!*s || *s == '#' || *s == ';') {
		l->kind = LINE_OTHER;
		return;
	}
	if (*s == '[' && s[strlen(s) - 1] == ']') {
		l->kind = LINE_SECTION;
		l->key = s + 1;
		s[strlen(s) - 1] = '\0';
		return;
	}
	equals = strchr(s, '=');
	l->kind = equals && equals > s ? LINE_PAIR : LINE_WRONG;
	if (l->kind == LINE_WRONG)
		return;
	*equals = '\0';
	l->key = trim(s);
	l->value = trim(equals + 1);
}

/* It may have held a secret. */
void config_line_done(struct config_line *l)
{
	if (l->value)
		explicit_bzero(l->value, strlen(l->value));
	free(l->text);
	*l = (struct config_line){ .text = NULL };
}

/* --- editing ------------------------------------------------------------------------------ */

struct edit {
	const char *section, *key;
	const struct strv *values;
	struct strbuf out;
	bool ours, seen; /* we are in the section; it was there */
	bool done;
};

static void put_values(struct edit *e)
{
	STRV_FOREACH (value, e->values) {
		if (!e->done)
			strbuf_addf(&e->out, "%s=%s\n", e->key, value);
	}
	e->done = true;
}

/* Names of hosts are the same in any case. */
static bool is_section(const char *name, const char *wanted)
{
	return streq(name, wanted) || (after_prefix(name, CONFIG_REGISTRY) &&
				       after_prefix(wanted, CONFIG_REGISTRY) &&
				       strcasecmp(name, wanted) == 0);
}

static void edit_line(struct edit *e, const char *line, size_t n)
{
	cleanup_config_line struct config_line l = { .text = NULL };

	config_line_split(&l, line, n);
	if (l.kind == LINE_SECTION) {
		if (e->ours && e->seen)
			put_values(e);
		e->ours = is_section(l.key, e->section);
		e->seen |= e->ours;
	} else if (l.kind == LINE_PAIR && e->ours && streq(l.key, e->key)) {
		put_values(e);
		return;
	}
	strbuf_add(&e->out, line, n);
	strbuf_add_char(&e->out, '\n');
}

char *config_lines_edit(const char *text, const char *section, const char *key,
			const struct strv *values)
{
	struct edit e = { .section = section,
			  .key = key,
			  .values = values,
			  .out = STRBUF_INIT,
			  .ours = streq(section, CONFIG_SECTION),
			  .done = values->n == 0 };

	while (*text) {
		size_t n = strcspn(text, "\n");

		edit_line(&e, text, n);
		text += n + (text[n] == '\n');
	}
	if (!e.done && !(e.ours && e.seen))
		strbuf_addf(&e.out, "[%s]\n", section);
	put_values(&e);
	return strbuf_detach(&e.out);
}
