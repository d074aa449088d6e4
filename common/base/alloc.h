/* SPDX-License-Identifier: MIT */
/* alloc: memory that is there or the program is not.
 *
 * Running out of memory prints one line and exits with status 1: what is on disk survives any
 * death of the process, and no test reaches the branches that every caller would need. Sizes that
 * come from outside are capped before they get here. All results are freed with free(). */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/macro.h"

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1, 2)));
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...) attr_printf(1, 2) __attribute__((returns_nonnull));
char *xvasprintf(const char *format, va_list ap) attr_printf(1, 0) __attribute__((returns_nonnull));

/* Like xstrdup(), but NULL stays NULL. */
char *xstrdup_null(const char *s);

/* Replace an owned string by a copy of another; either may be NULL. */
void replace_str(char **owned, const char *s);
