/* SPDX-License-Identifier: MIT */
/* applet: one program of the suite.
 *
 * tools/x-y.c, or connector/x-y.c for what runs inside containers, defines "const struct applet applet_x_y",
 * reached as sdme-x-y and as "sdme x y".
 * Nothing else registers it: the table is made from the names of the files that are enabled. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/opt.h"
#include "base/strv.h"

enum applet_flags {
	APPLET_ROOT = 1 << 0,          /* refuse to run without euid 0 */
	APPLET_PLUMBING = 1 << 1,      /* not in the list that "sdme --help" prints */
};

enum {
	EXIT_USAGE = 2,
};

/* What run() gets. */
struct args {
	int argc;    /* operands */
	char **argv; /* NULL-terminated */
	/* How many operands stood in front of "--", -1 without one: "new -- CMD" has no name. */
	int dashes;
};

struct applet {
	const char *name;     /* "sdme-fs-import" */
	const char *summary;  /* one line: capital letter, no full stop */
	const char *synopsis; /* the operands as the manual shows them: "NAME [COMMAND [ARG...]]" */
	const char *examples; /* lines for the end of --help, each indented by two; or NULL */
	const struct opt *opts;
	enum words operands[3]; /* completes the operands; the last one goes for all that follow */
	int min_operands, max_operands; /* max -1: any number */
	/* The operand (1 is the first) at which our options end, because what follows belongs to a
	 * command: 2 for "exec NAME --user u CMD -x". 0: options may stand anywhere. */
	int options_until;
	enum applet_flags flags;
	/* The exit status of failures of our own where 1 would look like a command's; 0: it is 1. */
	int failure_status;
	/* The exit status, or a negative errno for a failure of our own (it has been logged). */
	int (*run)(const struct args *args);
	/* The same for "NAME [WORD...]" where NAME is a link to the program's file, which is called as the applet is:
	 * no word of it is an option of ours. NULL: the name makes no difference. */
	int (*run_as)(int argc, char **argv);
};

/* Set by the options that every applet has. */
struct global_args {
	const char *config; /* --config, else NULL */
	bool verbose, quiet;
	mode_t umask; /* that we were started with; ours is 022 */
};
extern struct global_args global_args;

/* All enabled applets, sorted by name, NULL-terminated. */
extern const struct applet *const applets[];

/* Log "try 'sdme-x --help'" after the message and return EXIT_USAGE. */
int usage_error(const char *format, ...) attr_printf(1, 2);
