/* SPDX-License-Identifier: MIT */
#include "registry/challenge.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define TOKEN ALPHANUMERIC "!#$%&'*+-.^_`|~"
#define TOKEN68 ALPHANUMERIC "-._~+/"
#define BLANKS " \t"

static void challenge_done(struct challenge *c)
{
	free(c->scheme);
	free(c->realm);
	free(c->service);
	free(c->scope);
	free(c->error);
}

static void truncate_list(struct challenges *list, size_t n)
{
	while (list->n > n)
		challenge_done(&list->v[--list->n]);
}

void challenges_done(struct challenges *list)
{
	truncate_list(list, 0);
	free(list->v);
	list->v = NULL;
}

static void skip(const char **p, const char *set)
{
	*p += strspn(*p, set);
}

/* At the end of a challenge or of a parameter. */
static bool at_end(const char *p)
{
	return *p == '\0' || *p == ',';
}

/* The '=' of a parameter whose name is at p; NULL when what is there is something else. */
static const char *find_equals(const char *p)
{
	size_t n = strspn(p, TOKEN);

	p += n;
	skip(&p, BLANKS);
	return n > 0 && *p == '=' ? p : NULL;
}

static int read_quoted(const char **p, char **ret)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	for ((*p)++; **p != '"'; (*p)++) {
		if (**p == '\\')
			(*p)++;
		if (**p == '\0')
			return -EINVAL;
		strbuf_add_char(&text, **p);
	}
	(*p)++;
	*ret = strbuf_detach(&text);
	return 0;
}

/* Without quotes it has to be a token, says the grammar; but there are servers that leave them away
 * around a URL, and what is meant is clear. */
static int read_value(const char **p, char **ret)
{
	size_t n;

	if (**p == '"')
		return read_quoted(p, ret);
	n = strcspn(*p, BLANKS ",\"");
	if (n == 0)
		return -EINVAL;
	*ret = xstrndup(*p, n);
	*p += n;
	return 0;
}

static int set_parameter(struct challenge *c, const char *name, size_t n, char **value)
{
	const struct {
		const char *name;
		char **value;
	} known[] = {
		{ "realm", &c->realm },
		{ "service", &c->service },
		{ "scope", &c->scope },
		{ "error", &c->error },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strlen(known[i].name) != n || strncasecmp(known[i].name, name, n) != 0)
			continue;
		if (*known[i].value)
			return -EINVAL;
		*known[i].value = TAKE_PTR(*value);
	}
	return 0;
}

static int read_parameter(const char **p, const char *equals, struct challenge *c)
{
	cleanup_free char *value = NULL;
	const char *name = *p;
	int r;

	*p = equals + 1;
	skip(p, BLANKS);
	r = read_value(p, &value);
	if (r < 0)
		return r;
	skip(p, BLANKS);
	if (!at_end(*p))
		return -EINVAL;
	return set_parameter(c, name, strspn(name, TOKEN), &value);
}

/* The data that schemes such as Negotiate have in place of parameters. */
static bool skip_token68(const char **p)
{
	const char *q = *p;

	skip(&q, TOKEN68);
	if (q == *p)
		return false;
	skip(&q, "=");
	skip(&q, BLANKS);
	if (!at_end(q))
		return false;
	*p = q;
	return true;
}

static int read_challenge(const char **p, struct challenge *c)
{
	size_t n = strspn(*p, TOKEN);
	const char *equals;
	int r;

	if (n == 0)
		return -EINVAL;
	c->scheme = xstrndup(*p, n);
	for (char *s = c->scheme; *s; s++)
		*s = (char)tolower((unsigned char)*s);
	*p += n;
	if (!at_end(*p) && !strchr(BLANKS, **p))
		return -EINVAL;
	skip(p, BLANKS);
	if (!at_end(*p) && skip_token68(p))
		return 0;
	if (!at_end(*p) && !find_equals(*p))
		return -EINVAL;
	/* A word with '=' behind it is one more parameter, one without is the next scheme. */
	while ((equals = find_equals(*p))) {
		r = read_parameter(p, equals, c);
		if (r < 0)
			return r;
		skip(p, BLANKS ",");
	}
	return 0;
}

static bool has_control(const char *s)
{
	for (; *s; s++) {
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 127)
			return true;
	}
	return false;
}

int challenges_add(struct challenges *list, const char *value)
{
	size_t before = list->n;
	int r = 0;

	if (strlen(value) > CHALLENGE_BYTES_MAX)
		return -E2BIG;
	if (has_control(value))
		return -EINVAL;
	skip(&value, BLANKS ",");
	while (*value && r >= 0) {
		if (list->n == CHALLENGES_MAX) {
			r = -E2BIG;
			break;
		}
		list->v = xreallocarray(list->v, list->n + 1, sizeof(*list->v));
		list->v[list->n] = (struct challenge){ 0 };
		r = read_challenge(&value, &list->v[list->n++]);
		skip(&value, BLANKS ",");
	}
	if (r < 0)
		truncate_list(list, before);
	return r;
}

const struct challenge *challenges_find(const struct challenges *list, const char *scheme)
{
	for (size_t i = 0; i < list->n; i++) {
		if (streq(list->v[i].scheme, scheme))
			return &list->v[i];
	}
	return NULL;
}
