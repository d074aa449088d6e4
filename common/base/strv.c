/* SPDX-License-Identifier: MIT */
#include "base/strv.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/strbuf.h"

void strv_add_owned(struct strv *list, char *s)
{
	/* Grow by doubling: the room is the next power of two above n. */
	if ((list->n & (list->n + 1)) == 0)
		list->v = xreallocarray(list->v, (list->n + 1) * 2, sizeof(char *));
	list->v[list->n++] = s;
	list->v[list->n] = NULL;
}

void strv_add(struct strv *list, const char *s)
{
	strv_add_owned(list, xstrdup(s));
}

void strv_addf(struct strv *list, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	strv_add_owned(list, xvasprintf(format, ap));
	va_end(ap);
}

void strv_add_all(struct strv *list, const struct strv *from)
{
	STRV_FOREACH(s, from)
		strv_add(list, s);
}

void strv_remove(struct strv *list, const char *s)
{
	struct strv kept = STRV_INIT;

	STRV_FOREACH(item, list) {
		if (!streq(item, s))
			strv_add(&kept, item);
	}
	strv_done(list);
	*list = kept;
}

bool strv_contains(const struct strv *list, const char *s)
{
	STRV_FOREACH(item, list) {
		if (streq(item, s))
			return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *list)
{
	if (list->n > 1)
		qsort(list->v, list->n, sizeof(char *), compare);
}

char *strv_join(const struct strv *list, const char *separator)
{
	struct strbuf s = STRBUF_INIT;

	STRV_FOREACH(item, list) {
		if (s.len > 0 || item != list->v[0])
			strbuf_add_str(&s, separator);
		strbuf_add_str(&s, item);
	}
	return strbuf_detach(&s);
}

void strv_split(struct strv *list, const char *s, char separator)
{
	if (!*s)
		return;
	for (;;) {
		const char *end = strchrnul(s, separator);

		strv_add_owned(list, xstrndup(s, (size_t)(end - s)));
		if (!*end)
			return;
		s = end + 1;
	}
}

void strv_done(struct strv *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	*list = (struct strv)STRV_INIT;
}
