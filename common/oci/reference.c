/* SPDX-License-Identifier: MIT */
#include "oci/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hostport.h"
#include "base/strbuf.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

#define REPOSITORY_MAX 255
#define TAG_MAX 128
/* All of them, a port, a digest and what is between them. */
#define TEXT_MAX (HOST_NAME_MAX_BYTES + REPOSITORY_MAX + TAG_MAX + DIGEST_TEXT_SIZE + 16)

/* The name that a registry goes by here; NULL if it is none. The caller frees. */
static char *normal_registry(const char *text, size_t len)
{
	cleanup_free char *registry = xstrndup(text, len);

	for (char *p = registry; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	if (!hostport_is_valid(registry))
		return NULL;
	if (streq(registry, "index." REFERENCE_DOCKER_HUB))
		replace_str(&registry, REFERENCE_DOCKER_HUB);
	return TAKE_PTR(registry);
}

/* Between two alphanumeric parts: ".", "_", "__", or any number of "-". */
static size_t separator_length(const char *s)
{
	if (*s == '_')
		return s[1] == '_' ? 2 : 1;
	return *s == '.' ? 1 : strspn(s, "-");
}

static bool is_repository(const char *s)
{
	size_t n;

	if (strlen(s) > REPOSITORY_MAX)
		return false;
	while ((n = strspn(s, LOWER DIGITS)) > 0) {
		s += n;
		if (*s == '\0')
			return true;
		n = *s == '/' ? 1 : separator_length(s);
		if (n == 0)
			return false;
		s += n;
	}
	return false;
}

bool reference_is_tag(const char *text)
{
	size_t n = strspn(text, LOWER UPPER DIGITS "_.-");

	return n > 0 && n <= TAG_MAX && text[n] == '\0' && *text != '.' && *text != '-';
}

/* docker takes 64 hexadecimal digits for an image's ID, never for a name. */
static bool is_id(const char *name)
{
	return strlen(name) == 64 && strspn(name, DIGITS "abcdef") == 64;
}

/* Cut "@DIGEST" and then ":TAG" off the end. */
static int split_version(char *name, struct reference *ret)
{
	char *at = strchr(name, '@'), *slash, *colon;
	int r;

	if (at) {
		*at = '\0';
		r = digest_parse(at + 1, &ret->digest);
		if (r < 0)
			return r;
		ret->has_digest = true;
	}
	slash = strrchr(name, '/');
	colon = strchr(slash ? slash : name, ':');
	if (colon) {
		*colon = '\0';
		if (!reference_is_tag(colon + 1))
			return -EINVAL;
		ret->tag = xstrdup(colon + 1);
	} else if (!at) {
		ret->tag = xstrdup("latest");
	}
	return 0;
}

/* What tells a registry from the first part of a repository. */
static bool names_registry(const char *text, size_t len)
{
	return memchr(text, '.', len) || memchr(text, ':', len) ||
	       (len == strlen("localhost") && after_prefix(text, "localhost"));
}

/* [REGISTRY/]REPOSITORY */
static int split_name(const char *name, const char *default_registry, struct reference *ret)
{
	const char *slash = strchr(name, '/'), *registry = default_registry, *directory = "";
	size_t len = strlen(default_registry);

	if (slash && names_registry(name, (size_t)(slash - name))) {
		registry = name;
		len = (size_t)(slash - name);
		name = slash + 1;
	}
	if (names_registry(registry, len))
		ret->registry = normal_registry(registry, len);
	if (!ret->registry)
		return -EINVAL;
	if (streq(ret->registry, REFERENCE_DOCKER_HUB) && !strchr(name, '/'))
		directory = "library/";
	ret->repository = xasprintf("%s%s", directory, name);
	return is_repository(ret->repository) ? 0 : -EINVAL;
}

int reference_parse(const char *text, const char *default_registry, struct reference *ret)
{
	cleanup_reference struct reference ref = REFERENCE_INIT;
	cleanup_free char *name = NULL;
	int r;

	if (strlen(text) > TEXT_MAX || is_id(text))
		return -EINVAL;
	name = xstrdup(text);
	r = split_version(name, &ref);
	if (r < 0)
		return r;
	r = split_name(name, default_registry ? default_registry : REFERENCE_DOCKER_HUB, &ref);
	if (r < 0)
		return r;
	*ret = ref;
	ref = (struct reference)REFERENCE_INIT;
	return 0;
}

char *reference_text(const struct reference *ref)
{
	struct strbuf text = STRBUF_INIT;
	char digest[DIGEST_TEXT_SIZE];

	strbuf_addf(&text, "%s/%s", ref->registry, ref->repository);
	if (ref->tag)
		strbuf_addf(&text, ":%s", ref->tag);
	if (ref->has_digest) {
		digest_text(&ref->digest, digest);
		strbuf_addf(&text, "@%s", digest);
	}
	return strbuf_detach(&text);
}

void reference_done(struct reference *ref)
{
	free(ref->registry);
	free(ref->repository);
	free(ref->tag);
	*ref = (struct reference)REFERENCE_INIT;
}
