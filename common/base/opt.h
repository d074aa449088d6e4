/* SPDX-License-Identifier: MIT */
/* opt: option tables, the single source of parsing, --help, man pages and completions.
 *
 *	static bool arg_all;
 *	static const struct opt opts[] = {
 *		OPT_FLAG('a', "all", &arg_all, "Every stopped container"),
 *		OPT_STR('r', "rootfs", "NAME", &arg_rootfs, "Use this root filesystem", .words = WORDS_ROOTFS),
 *		OPT_END,
 *	};
 *
 * Grammar, as GNU: --long=VALUE, --long VALUE, -xVALUE, -x VALUE, -abc for flags, "--" ends options.
 * Options and operands may mix unless the applet says which operand ends the options. There
 * are no abbreviated long options: a script must not break when an option is added; the error
 * names the closest one instead. Destinations are typed, so a wrong one does not compile. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/strv.h"

enum opt_type {
	OPT_TYPE_END,
	OPT_TYPE_GROUP, /* a heading in help and man page */
	OPT_TYPE_FLAG,
	OPT_TYPE_STR,
	OPT_TYPE_LIST, /* may be repeated */
	OPT_TYPE_CALL, /* the function checks and stores */
};

/* What completes a value or an operand. */
enum words {
	WORDS_NONE,
	WORDS_FILE,
	WORDS_DIR,
	WORDS_CONTAINER,
	WORDS_ROOTFS,
	WORDS_POD,
	WORDS_CONFIG_KEY,
	WORDS_SHELL,   /* bash zsh fish */
	WORDS_COMMAND, /* a program and its arguments */
	WORDS_USER,
};

/* Stores value, or logs one line and returns a negative errno: a usage error. */
typedef int (*opt_call)(const char *value, void *data);

struct opt {
	enum opt_type type;
	char short_name; /* 0: none */
	const char *long_name;
	const char *metavar; /* NULL for a flag */
	const char *help;    /* a phrase: capital letter, no full stop, at most 60 columns */
	union {
		bool *flag;
		const char **str;
		struct strv *list;
		opt_call call;
	} dest;
	void *data; /* for a call */
	enum words words;
	const char *choices; /* the words a value may have, blank-separated: for completion */
	bool repeats;        /* a call that adds to what was given before */
	bool hidden;
};

#define OPT_GROUP(title) { .type = OPT_TYPE_GROUP, .help = (title) }
#define OPT_FLAG(s, l, d, h, ...) \
	{ .type = OPT_TYPE_FLAG, .short_name = (s), .long_name = (l), .help = (h), .dest.flag = (d), __VA_ARGS__ }
#define OPT_STR(s, l, m, d, h, ...)                                                              \
	{ .type = OPT_TYPE_STR, .short_name = (s), .long_name = (l), .metavar = (m), .help = (h), \
	  .dest.str = (d), __VA_ARGS__ }
#define OPT_LIST(s, l, m, d, h, ...)                                                              \
	{ .type = OPT_TYPE_LIST, .short_name = (s), .long_name = (l), .metavar = (m), .help = (h), \
	  .dest.list = (d), __VA_ARGS__ }
#define OPT_CALL(s, l, m, fn, d, h, ...)                                                          \
	{ .type = OPT_TYPE_CALL, .short_name = (s), .long_name = (l), .metavar = (m), .help = (h), \
	  .dest.call = (fn), .data = (d), __VA_ARGS__ }
#define OPT_END { .type = OPT_TYPE_END }

/* Parse argv[1..argc-1] against the tables (a NULL-terminated array of them). Operands, and
 * everything after "--", go to *operands in order. Logs one line and returns -EINVAL for a usage
 * error. The options_until-th operand ends the options; 0: no operand does.
 * *ret_dashes is the number of operands in front of "--", or -1 when there was none. */
int opt_parse(const struct opt *const *tables, int argc, char *const *argv, int options_until,
	      struct strv *operands, int *ret_dashes);

/* The OPTIONS part of a --help text, at most 80 columns wide. */
void opt_print_help(const struct opt *const *tables, FILE *f);

/* The tables as tab-separated lines for the generators of man pages and completions:
 *	group TITLE
 *	option SHORT LONG METAVAR WORDS CHOICES REPEATS HELP	("-" for what is missing) */
void opt_dump(const struct opt *const *tables, FILE *f);

/* The name of a words value in the dump: "container", "rootfs", ... */
const char *words_name(enum words words);

/* NULL, or a static text with what is wrong in the tables; the unit tests ask for every applet. */
const char *opt_check(const struct opt *const *tables);
