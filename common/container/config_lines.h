/* SPDX-License-Identifier: MIT */
/* config_lines: a configuration file as lines of text: [Section], Key=Value, and all else. Silent. */
#pragma once

#include <stddef.h>

#include "base/strv.h"

/* The section of what has none of its own; lines in front of the first section are in it, too. */
#define CONFIG_SECTION "sdme"
/* In front of the name of a registry, in the section of one. */
#define CONFIG_REGISTRY "registries."

enum config_line_kind {
	LINE_OTHER, /* empty, comment */
	LINE_SECTION,
	LINE_PAIR,
	LINE_WRONG,
};

struct config_line {
	enum config_line_kind kind;
	char *text; /* the line; key and value point into it */
	char *key, *value;
};

/* n bytes without their newline. */
void config_line_split(struct config_line *l, const char *start, size_t n);
void config_line_done(struct config_line *l);
#define cleanup_config_line __attribute__((cleanup(config_line_done)))

/* The text with the key set to the values, a line each, or removed if there are none; the caller frees. Lines
 * of the key in the section go, and the new ones take the place of the first, else of the end of the first
 * stretch of the section, else of the end of a new section. */
char *config_lines_edit(const char *text, const char *section, const char *key,
			const struct strv *values);
