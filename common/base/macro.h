/* SPDX-License-Identifier: MIT */
/* macro: attributes and small type-safe macros used everywhere. */
#pragma once

#include <stddef.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Characters that any integer of this type needs in decimal, sign and NUL included. */
#define DECIMAL_MAX(type) (sizeof(type) * 3 + 2)

#define attr_printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define attr_unused __attribute__((unused))
#define attr_noreturn __attribute__((noreturn))
#define attr_must_check __attribute__((warn_unused_result))

/* Move an owned pointer or descriptor out of a variable with a cleanup attribute. */
#define TAKE_PTR(p)                        \
	__extension__({                    \
		__auto_type taken_ = (p);  \
		(p) = NULL;                \
		taken_;                    \
	})
#define TAKE_FD(fd)                        \
	__extension__({                    \
		int taken_ = (fd);         \
		(fd) = -1;                 \
		taken_;                    \
	})

static inline int streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The part of s after prefix, or NULL when s does not start with it. */
static inline const char *after_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

static inline int has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && streq(s + n - m, suffix);
}
