/* SPDX-License-Identifier: MIT */
#include "base/redact.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"

static bool is_path(const char *text)
{
	return *text == '.' || (*text == '/' && text[1] != '/');
}

/* The last one that no digest follows. */
static const char *find_at(const char *text)
{
	const char *at = strrchr(text, '@');

	if (at && (after_prefix(at, "@sha256:") || after_prefix(at, "@sha512:")))
		at = memrchr(text, '@', (size_t)(at - text));
	return at;
}

char *redact(const char *text)
{
	const char *rest = after_prefix(text + strcspn(text, ":"), "://");
	const char *login = rest ? rest : text, *at = find_at(login);
	const char *colon = at ? memchr(login, ':', (size_t)(at - login)) : NULL;

	if (!colon || is_path(text))
		return xstrdup(text);
	return xasprintf("%.*s***%s", (int)(colon + 1 - text), text, at);
}
