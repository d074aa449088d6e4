/* SPDX-License-Identifier: MIT */
#include "oci/platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "base/strv.h"

/* What others call an architecture, uname(2) among them. A variant stands here when the name implies one. */
static const struct {
	const char *name, *architecture, *variant;
} aliases[] = {
	{ "x86_64", "amd64", NULL },  { "x86-64", "amd64", NULL },
	{ "i386", "386", NULL },      { "i486", "386", NULL },
	{ "i586", "386", NULL },      { "i686", "386", NULL },
	{ "aarch64", "arm64", NULL }, { "aarch64_be", "arm64be", NULL },
	{ "armhf", "arm", "v7" },     { "armel", "arm", "v6" },
	{ "armv5tel", "arm", "v5" },  { "armv5tejl", "arm", "v5" },
	{ "armv6l", "arm", "v6" },    { "armv7l", "arm", "v7" },
	{ "armv8l", "arm", "v8" },    { "loongarch64", "loong64", NULL },
};

/* The variant that is meant when none is given. Where there is one, it is left out but for arm, where
 * the variants are what matters. */
static const struct {
	const char *architecture, *variant;
} defaults[] = {
	{ "amd64", "v1" },
	{ "arm", "v7" },
	{ "arm64", "v8" },
};

static char *lower(const char *s)
{
	char *copy = xstrdup(s);

	for (char *p = copy; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return copy;
}

/* The same value for all spellings of it. */
static void normalise(struct platform *p)
{
	for (size_t i = 0; p->architecture && i < ARRAY_SIZE(aliases); i++) {
		if (!streq(p->architecture, aliases[i].name))
			continue;
		replace_str(&p->architecture, aliases[i].architecture);
		if (!p->variant)
			replace_str(&p->variant, aliases[i].variant);
		break;
	}
	if (p->variant && p->variant[0] >= '0' && p->variant[0] <= '9') {
		char *variant = xasprintf("v%s", p->variant);

		free(p->variant);
		p->variant = variant;
	}
	for (size_t i = 0; p->architecture && i < ARRAY_SIZE(defaults); i++) {
		if (!streq(p->architecture, defaults[i].architecture))
			continue;
		if (streq(p->architecture, "arm")) {
			if (!p->variant)
				p->variant = xstrdup(defaults[i].variant);
		} else if (p->variant && streq(p->variant, defaults[i].variant)) {
			replace_str(&p->variant, NULL);
		}
	}
}

void platform_set(struct platform *p, const char *os, const char *architecture, const char *variant)
{
	struct platform next = {
		os ? lower(os) : NULL,
		architecture ? lower(architecture) : NULL,
		variant && *variant ? lower(variant) : NULL,
	};

	normalise(&next);
	platform_done(p);
	*p = next;
}

static bool is_word(const char *s)
{
	return *s &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] ==
		       '\0';
}

int platform_parse(const char *text, struct platform *ret)
{
	cleanup_strv struct strv parts = STRV_INIT;

	if (strlen(text) > 128)
		return -EINVAL;
	strv_split(&parts, text, '/');
	if (parts.n < 2 || parts.n > 3)
		return -EINVAL;
	STRV_FOREACH (part, &parts) {
		if (!is_word(part))
			return -EINVAL;
	}
	platform_set(ret, parts.v[0], parts.v[1], parts.n > 2 ? parts.v[2] : NULL);
	return 0;
}

void platform_set_machine(struct platform *p, const char *machine)
{
	platform_set(p, "linux", machine, NULL);
}

void platform_set_host(struct platform *p)
{
	struct utsname name = { 0 };

	(void)uname(&name); /* fails for a bad pointer only */
	platform_set_machine(p, name.machine);
}

char *platform_text(const struct platform *p)
{
	return xasprintf("%s/%s%s%s", p->os ? p->os : "unknown",
			 p->architecture ? p->architecture : "unknown", p->variant ? "/" : "",
			 p->variant ? p->variant : "");
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

/* The 7 of arm's v7; 0 for what is not of this form. */
static int arm_version(const char *variant)
{
	uint64_t n;

	return variant && variant[0] == 'v' && parse_u64(variant + 1, 5, 8, &n) == 0 ? (int)n : 0;
}

#define FIT_EXACT 100

int platform_fit(const struct platform *image, const struct platform *wanted)
{
	int has, can;

	if (image->os && wanted->os && !streq(image->os, wanted->os))
		return 0;
	if (!image->architecture || !wanted->architecture)
		return 1;
	if (!streq(image->architecture, wanted->architecture))
		return 0;
	if (is_same(image->variant, wanted->variant))
		return FIT_EXACT;
	/* Everywhere, the architecture without a variant is the least of them. */
	if (!image->variant)
		return 2;
	if (!streq(image->architecture, "arm"))
		return 0;
	/* Each version runs what was made for those before it: the nearest one is the best. */
	has = arm_version(image->variant);
	can = arm_version(wanted->variant);
	return has > 0 && has <= can ? FIT_EXACT - (can - has) : 0;
}

bool platform_is_unknown(const struct platform *p)
{
	return p->os && p->architecture && streq(p->os, "unknown") &&
	       streq(p->architecture, "unknown");
}

void platform_done(struct platform *p)
{
	free(p->os);
	free(p->architecture);
	free(p->variant);
	*p = (struct platform)PLATFORM_INIT;
}
