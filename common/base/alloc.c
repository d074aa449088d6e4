/* SPDX-License-Identifier: MIT */
#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

attr_noreturn static void out_of_memory(void)
{
	static const char text[] = "sdme: out of memory\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(1);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n ? n : 1, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup(const char *s)
{
	char *p = strdup(s);

	if (!p)
		out_of_memory();
	return p;
}

char *xstrndup(const char *s, size_t n)
{
	char *p = strndup(s, n);

	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

char *xvasprintf(const char *format, va_list ap)
{
	char *p;

	if (vasprintf(&p, format, ap) < 0)
		out_of_memory();
	return p;
}

char *xasprintf(const char *format, ...)
{
	va_list ap;
	char *p;

	va_start(ap, format);
	p = xvasprintf(format, ap);
	va_end(ap);
	return p;
}

void replace_str(char **owned, const char *s)
{
	char *copy = xstrdup_null(s);

	free(*owned);
	*owned = copy;
}
