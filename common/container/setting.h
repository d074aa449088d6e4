/* SPDX-License-Identifier: MIT */
/* setting: what a key of the configuration may be set to, and where in a struct it is kept. Silent. */
#pragma once

#include <stddef.h>

#include "container/value.h"

enum setting_kind {
	SETTING_BOOL,   /* bool */
	SETTING_NUMBER, /* uint64_t */
	SETTING_SIZE,   /* the same in bytes, as parse_size() takes them */
	SETTING_STRING, /* char *, owned, not NULL */
	SETTING_SECRET, /* the same; wiped when it is freed, and not shown */
	SETTING_LIST,   /* struct strv; comma-separated */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	const char *value; /* the default */
	size_t offset;     /* in the struct, base below */
	value_check check; /* of the value, or of each item of a list */
	char *(*normal)(const char *value); /* may be NULL */
};

/* The index of the one of this name, or -ENOENT. */
int setting_find(const struct setting *settings, size_t n, const char *name);
/* The value checked and made normal: a string that the caller frees, or NULL and a static phrase in
 * *ret_wrong. */
char *setting_check(const struct setting *s, const char *value, const char **ret_wrong);
/* Keep a value that was checked. */
void setting_store(const struct setting *s, void *base, const char *value);
/* What is kept, as text; the caller frees. */
char *setting_text(const struct setting *s, const void *base);
/* The memory of one that is kept. */
void setting_done(const struct setting *s, void *base);

/* A secret as it may be shown: asterisks, or, if it is long, its first and last four characters; the caller
 * frees. */
char *setting_mask(const char *secret);

/* For tables. */
const char *setting_check_path(const char *value);    /* absolute, or empty */
const char *setting_check_size(const char *value);    /* or 0 */
const char *setting_check_boolean(const char *value); /* or empty */
