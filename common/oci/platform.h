/* SPDX-License-Identifier: MIT */
/* platform: for which machines an image is, in the words of the OCI image index (image-index.md), which
 * are Go's GOOS and GOARCH, and a variant of the architecture: linux/amd64, linux/arm/v7. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

struct platform {
	char *os, *architecture; /* NULL: not said */
	char *variant;           /* NULL: none, or the usual one */
};

#define PLATFORM_INIT            \
	{                        \
		NULL, NULL, NULL \
	}

/* Replace it. All that fill a platform bring its strings into the form in which they compare: lower case,
 * "arm64" for aarch64, "v7" for arm alone, nothing for arm64's v8. Each part may be NULL. */
void platform_set(struct platform *p, const char *os, const char *architecture,
		  const char *variant);

/* OS/ARCHITECTURE[/VARIANT], as users write it. Silent; -EINVAL. */
int platform_parse(const char *text, struct platform *ret);

/* Of a Linux machine by what uname(2) calls it. */
void platform_set_machine(struct platform *p, const char *machine);
/* Of this machine. */
void platform_set_host(struct platform *p);

/* "linux/arm/v7"; for people. The caller frees. */
char *platform_text(const struct platform *p);

/* How well an image runs on the platform that is wanted: 0 not at all, the greater the better. What the
 * image does not say is taken for fitting. */
int platform_fit(const struct platform *image, const struct platform *wanted);

/* "unknown/unknown", with which what is no image stands in an index. */
bool platform_is_unknown(const struct platform *p);

void platform_done(struct platform *p);
#define cleanup_platform cleanup_(platform_done)
