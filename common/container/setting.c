/* SPDX-License-Identifier: MIT */
#include "container/setting.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/parse.h"

const char *setting_check_path(const char *value)
{
	return *value ? check_absolute_path(value) : NULL;
}

const char *setting_check_size(const char *value)
{
	uint64_t bytes;

	return parse_size(value, &bytes) < 0 ? "must be a size such as 512M or 10G, or 0" : NULL;
}

const char *setting_check_boolean(const char *value)
{
	return *value ? check_boolean(value) : NULL;
}

int setting_find(const struct setting *settings, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (streq(settings[i].name, name))
			return (int)i;
	}
	return -ENOENT;
}

/* --- checks ------------------------------------------------------------------------------- */

/* They would not come back from the file. */
static bool ends_in_blanks(const char *value)
{
	return *value && (strchr(" \t", value[0]) || strchr(" \t", value[strlen(value) - 1]));
}

static char *check_item(const struct setting *s, const char *value, const char **ret_wrong)
{
	cleanup_free char *normal = s->normal && *value ? s->normal(value) : xstrdup(value);

	*ret_wrong = ends_in_blanks(normal) ? "cannot begin or end with a blank" : s->check(normal);
	return *ret_wrong ? NULL : TAKE_PTR(normal);
}

static char *check_list(const struct setting *s, const char *value, const char **ret_wrong)
{
	cleanup_strv struct strv items = STRV_INIT, good = STRV_INIT;

	list_parse(&items, value, ',');
	STRV_FOREACH (item, &items) {
		char *normal = check_item(s, item + strspn(item, " \t"), ret_wrong);

		if (!normal)
			return NULL;
		strv_add_owned(&good, normal);
	}
	return list_format(&good, ',');
}

char *setting_check(const struct setting *s, const char *value, const char **ret_wrong)
{
	return s->kind == SETTING_LIST ? check_list(s, value, ret_wrong)
				       : check_item(s, value, ret_wrong);
}

/* --- values ------------------------------------------------------------------------------- */

static void *field(const struct setting *s, const void *base)
{
	return (char *)(uintptr_t)base + s->offset;
}

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
}

void setting_store(const struct setting *s, void *base, const char *value)
{
	void *to = field(s, base);

	switch (s->kind) {
	case SETTING_BOOL:
		(void)parse_bool(value, to);
		break;
	case SETTING_NUMBER:
		(void)parse_u64(value, 0, UINT64_MAX, to);
		break;
	case SETTING_SIZE:
		(void)parse_size(value, to);
		break;
	case SETTING_SECRET:
		wipe(*(char **)to);
		replace_str(to, value);
		break;
	case SETTING_STRING:
		replace_str(to, value);
		break;
	case SETTING_LIST:
		strv_done(to);
		list_parse(to, value, ',');
		break;
	}
}

/* In the largest unit that gives a whole number. */
static char *size_text(uint64_t bytes)
{
	static const char units[] = "BKMGT";
	size_t i = 0;

	while (bytes > 0 && bytes % 1024 == 0 && units[i + 1]) {
		bytes /= 1024;
		i++;
	}
	return i == 0 ? xasprintf("%llu", (unsigned long long)bytes)
		      : xasprintf("%llu%c", (unsigned long long)bytes, units[i]);
}

char *setting_text(const struct setting *s, const void *base)
{
	const void *value = field(s, base);

	switch (s->kind) {
	case SETTING_BOOL:
		return xstrdup(*(const bool *)value ? "yes" : "no");
	case SETTING_NUMBER:
		return xasprintf("%llu", (unsigned long long)*(const uint64_t *)value);
	case SETTING_SIZE:
		return size_text(*(const uint64_t *)value);
	case SETTING_STRING:
	case SETTING_SECRET:
		return xstrdup(*(char *const *)value);
	case SETTING_LIST:
		break;
	}
	return list_format(value, ',');
}

void setting_done(const struct setting *s, void *base)
{
	void *value = field(s, base);

	if (s->kind == SETTING_SECRET)
		wipe(*(char **)value);
	if (s->kind == SETTING_STRING || s->kind == SETTING_SECRET)
		replace_str(value, NULL);
	else if (s->kind == SETTING_LIST)
		strv_done(value);
}

char *setting_mask(const char *secret)
{
	size_t n = strlen(secret);
	char *stars;

	if (n > 8)
		return xasprintf("%.4s...%s", secret, secret + n - 4);
	stars = xstrdup(secret);
	memset(stars, '*', n);
	return stars;
}
