/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

int json_load(void)
{
	return lazy_load(&lazy_libjansson);
}

/* How many bytes the character at s has by RFC 3629, 0 when it is none. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		unsigned min;
	} forms[] = { { 0x80, 0x00, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };

	for (size_t n = 0; n < ARRAY_SIZE(forms); n++) {
		unsigned code;

		if ((s[0] & forms[n].mask) != forms[n].lead)
			continue;
		code = s[0] & (unsigned char)~forms[n].mask;
		for (size_t i = 1; i <= n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (s[i] & 0x3f);
		}
		/* Overlong forms, surrogates and what is beyond Unicode are wrong. */
		return code < forms[n].min || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff
			       ? 0
			       : n + 1;
	}
	return 0;
}

json_t *json_text(const char *s)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (!s)
		return json_null();
	while (*s) {
		size_t n = utf8_length((const unsigned char *)s);

		if (n > 0)
			strbuf_add(&text, s, n);
		else
			strbuf_add_str(&text, "\xef\xbf\xbd");
		s += n > 0 ? n : 1;
	}
	return json_string(strbuf_str(&text));
}

json_t *json_textf(const char *format, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = xvasprintf(format, ap);
	va_end(ap);
	return json_text(text);
}

json_t *json_bool(bool value)
{
	return value ? json_true() : json_false();
}

json_t *json_strv(const struct strv *list)
{
	json_t *array = json_array();

	STRV_FOREACH (s, list)
		json_array_append_new(array, json_text(s));
	return array;
}

void json_print(const json_t *value, bool pretty)
{
	(void)json_dumpf(value, stdout, pretty ? JSON_INDENT(2) : JSON_COMPACT);
	fputc('\n', stdout);
}

void json_unref(json_t *value)
{
	/* Those that json_true() and the like return are shared and never freed. */
	if (value && value->refcount != (size_t)-1 && --value->refcount == 0)
		json_delete(value);
}

static void wipe_and_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void json_wipe_memory(void)
{
	json_set_alloc_funcs(malloc, wipe_and_free);
}
