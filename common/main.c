/* SPDX-License-Identifier: MIT */
/* main: find the applet by the name we were called by, parse its options, run it. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/redact.h"

enum {
	EXIT_NOT_FOUND = 127, /* as a shell's for a command that is not there */
};

#define APPLET(id) extern const struct applet applet_##id;
#include "applets.inc"
#undef APPLET

const struct applet *const applets[] = {
#define APPLET(id) &applet_##id,
#include "applets.inc"
#undef APPLET
	NULL,
};

struct global_args global_args;

static bool arg_help, arg_version;

static const struct opt common_opts[] = {
	OPT_GROUP("Common options"),
	OPT_STR(0, "config", "FILE", &global_args.config, "Read this instead of /etc/sdme.conf",
		.words = WORDS_FILE),
	OPT_FLAG('v', "verbose", &global_args.verbose, "Say each step on standard error"),
	OPT_FLAG('h', "help", &arg_help, "Show this text"),
	OPT_FLAG('V', "version", &arg_version, "Show the version"),
	OPT_END,
};

static const struct opt no_opts[] = { OPT_END };

static const char *program_name = "sdme";
static int failure_status = EXIT_FAILURE;

int usage_error(const char *format, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = xvasprintf(format, ap);
	va_end(ap);
	log_error("%s (try '%s --help')", text, program_name);
	return EXIT_USAGE;
}

/* --- sdme itself -------------------------------------------------------------------------- */

static const char *words_after_sdme(const struct applet *applet)
{
	return after_prefix(applet->name, "sdme-");
}

static void list_commands(const char *prefix)
{
	for (const struct applet *const *a = applets; *a; a++) {
		cleanup_free char *words = xstrdup(words_after_sdme(*a));

		if (((*a)->flags & APPLET_PLUMBING) || !after_prefix(words, prefix))
			continue;
		for (char *dash = words; (dash = strchr(dash, '-'));)
			*dash = ' ';
		printf("  %-16s %s\n", words, (*a)->summary);
	}
}

static void print_overview(void)
{
	const struct opt *const tables[] = { common_opts, NULL };

	printf("Usage: sdme COMMAND [OPTION...] [ARGUMENT...]\n\n"
	       "Boot full Linux systems in systemd-nspawn containers.\n\n"
	       "Commands (sdme-COMMAND and 'sdme COMMAND' are the same):\n");
	list_commands("");
	opt_print_help(tables, stdout);
	printf("\n'sdme COMMAND --help' tells more, and so does the manual: man sdme.\n");
}

static void dump_cli(void)
{
	for (const struct applet *const *a = applets; *a; a++) {
		const struct opt *const tables[] = { (*a)->opts ? (*a)->opts : no_opts, common_opts,
						     NULL };

		printf("applet\t%s\t%s\t%s\t%s\t%d\n", (*a)->name,
		       (*a)->flags & APPLET_PLUMBING ? "plumbing" : "porcelain", (*a)->summary,
		       (*a)->synopsis, (*a)->options_until);
		for (size_t i = 0; i < ARRAY_SIZE((*a)->operands); i++)
			printf("operand\t%s\n", words_name((*a)->operands[i]));
		opt_dump(tables, stdout);
	}
}

/* "sdme fs" and the like: the beginning of several commands. */
static int incomplete_command(const char *word, bool wants_help)
{
	cleanup_free char *prefix = xasprintf("%s-", word);
	cleanup_free char *commands = NULL;
	struct strv names = STRV_INIT;

	for (const struct applet *const *a = applets; *a; a++) {
		if (after_prefix(words_after_sdme(*a), prefix))
			strv_add(&names, words_after_sdme(*a) + strlen(prefix));
	}
	commands = strv_join(&names, ", ");
	strv_done(&names);
	if (*commands && wants_help) {
		printf("Usage: sdme %s COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n", word);
		list_commands(prefix);
		return 0;
	}
	if (*commands)
		return usage_error("'sdme %s' needs one of these words: %s", word, commands);
	log_error("there is no command '%s' (try 'sdme --help')", word);
	return EXIT_NOT_FOUND;
}

static bool is_help(const char *word)
{
	return streq(word, "--help") || streq(word, "-h");
}

/* first: where a command stands, behind the options; argc without one. */
static int run_sdme(int argc, char **argv, int first)
{
	const char *word;
	int i = 1;

	while (i < argc && (streq(argv[i], "-v") || streq(argv[i], "--verbose") || after_prefix(argv[i], "--config")))
		i += streq(argv[i], "--config") ? 2 : 1;
	word = i < argc ? argv[i] : NULL;
	if (!word)
		return usage_error("no command given");
	if (is_help(word) || streq(word, "help")) {
		print_overview();
		return 0;
	}
	if (streq(word, "--version") || streq(word, "-V")) {
		printf("sdme %s\n", SDME_VERSION);
		return 0;
	}
	if (streq(word, "--list")) {
		for (const struct applet *const *a = applets; *a; a++)
			printf("%s\n", (*a)->name);
		return 0;
	}
	if (streq(word, "--dump-cli")) {
		dump_cli();
		return 0;
	}
	if (first >= argc)
		return usage_error("unknown option '%s', or no command after it", word);
	return incomplete_command(argv[first],
				  first + 1 < argc && is_help(argv[first + 1]));
}

/* --- an applet ---------------------------------------------------------------------------- */

static void print_help(const struct applet *applet, const struct opt *const *tables)
{
	printf("Usage: %s [OPTION...]%s%s\n\n%s.\n", applet->name, *applet->synopsis ? " " : "",
	       applet->synopsis, applet->summary);
	if (tables[0]->type != OPT_TYPE_END && tables[0]->type != OPT_TYPE_GROUP)
		printf("\nOptions:\n");
	opt_print_help(tables, stdout);
	if (applet->examples)
		printf("\nExamples:\n%s", applet->examples);
}

static int check_operands(const struct applet *applet, const struct strv *operands)
{
	int n = (int)operands->n;

	if (n < applet->min_operands)
		return usage_error("too few arguments: %s %s", applet->name, applet->synopsis);
	if (applet->max_operands >= 0 && n > applet->max_operands) {
		cleanup_free char *shown = redact(operands->v[applet->max_operands]);

		return usage_error("unexpected argument '%s'", shown);
	}
	if ((applet->flags & APPLET_ROOT) && geteuid() != 0)
		return log_error_code(-EPERM, "must be run as root, try it with sudo");
	return 0;
}

static int run_applet(const struct applet *applet, int argc, char **argv)
{
	const struct opt *const tables[] = { applet->opts ? applet->opts : no_opts, common_opts, NULL };
	cleanup_strv struct strv operands = STRV_INIT;
	static char *none[] = { NULL };
	struct args args;
	int r;

	program_name = applet->name;
	log_set_name(applet->name);
	r = opt_parse(tables, argc, argv, applet->options_until, &operands, &args.dashes);
	if (arg_help && r >= 0) {
		print_help(applet, tables);
		return 0;
	}
	if (arg_version && r >= 0) {
		printf("%s %s\n", applet->name, SDME_VERSION);
		return 0;
	}
	if (r < 0)
		return EXIT_USAGE;
	if (applet->failure_status)
		failure_status = applet->failure_status;
	if (global_args.verbose)
		log_set_max(LOG_LEVEL_DEBUG);
	r = check_operands(applet, &operands);
	if (r != 0)
		return r;
	args.argc = (int)operands.n;
	args.argv = operands.v ? operands.v : none;
	return applet->run(&args);
}

/* --- dispatch ----------------------------------------------------------------------------- */

static const struct applet *find_applet(const char *name)
{
	for (const struct applet *const *a = applets; *a; a++) {
		if (streq((*a)->name, name))
			return *a;
	}
	return NULL;
}

/* Options in front of the command: "sdme -v --config FILE new". The index of the command. */
static int skip_options(int argc, char **argv)
{
	int i = 1;

	while (i < argc && argv[i][0] == '-' && argv[i][1])
		i += streq(argv[i], "--config") ? 2 : 1;
	return i < argc ? i : argc;
}

/* The applet with the longest name that the words at argv[first] spell; *ret_words is their number. */
static const struct applet *find_by_words(int argc, char **argv, int first, int *ret_words)
{
	cleanup_free char *name = xstrdup("sdme");
	const struct applet *found = NULL;

	for (int i = first; i < argc && i < first + 3; i++) {
		cleanup_free char *longer = xasprintf("%s-%s", name, argv[i]);
		const struct applet *applet = find_applet(longer);

		if (applet) {
			found = applet;
			*ret_words = i - first + 1;
		}
		free(name);
		name = TAKE_PTR(longer);
	}
	return found;
}

/* "help fs import" is "fs import --help". */
static void put_help_last(int n, char **words)
{
	static char help[] = "--help";

	memmove(words, words + 1, (size_t)(n - 1) * sizeof(*words));
	words[n - 1] = help;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The applet that the program's file is called after, where we are called otherwise: by a link to it. Only
 * the kernel says which file it was; it does so without /proc, which not every root filesystem has. */
static const struct applet *find_by_file(void)
{
	const char *file = (const char *)getauxval(AT_EXECFN);
	cleanup_free char *path = file ? realpath(file, NULL) : NULL;

	return path ? find_applet(file_name(path)) : NULL;
}

static int run_applet_as(const struct applet *applet, int argc, char **argv)
{
	log_set_name(file_name(argv[0]));
	if (applet->failure_status)
		failure_status = applet->failure_status;
	return applet->run_as(argc, argv);
}

static int dispatch(int argc, char **argv)
{
	const char *name = file_name(argv[0]);
	const struct applet *applet = find_applet(name);
	int first, n_words = 0;

	if (applet)
		return run_applet(applet, argc, argv);
	if (after_prefix(name, "sdme-") && !streq(name, "sdme-inside")) {
		log_error("there is no applet '%s' in this program", name);
		return EXIT_NOT_FOUND;
	}
	applet = find_by_file();
	if (applet)
		return applet->run_as ? run_applet_as(applet, argc, argv) : run_applet(applet, argc, argv);
	first = skip_options(argc, argv);
	if (first + 1 < argc && streq(argv[first], "help"))
		put_help_last(argc - first, argv + first);
	applet = find_by_words(argc, argv, first, &n_words);
	if (!applet)
		return run_sdme(argc, argv, first);
	/* Close the gap that the words leave, so the options in front of them are the applet's. */
	memmove(argv + 1 + n_words, argv + 1, (size_t)(first - 1) * sizeof(*argv));
	return run_applet(applet, argc - n_words, argv + n_words);
}

/* Descriptors 0, 1 and 2 exist from here on, or files that we open would take their place. Those
 * that were closed cannot be read or written, so using them is still noticed. */
static void reserve_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_CLOEXEC | (fd == 0 ? O_WRONLY : O_RDONLY)) != fd)
			_exit(1);
	}
}

/* A reader that has seen enough (sdme ps | head) is no failure; a full disk is. */
static int flush_stdout(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	if (errno == EPIPE)
		return 0;
	return log_error_errno(errno ? -errno : -EIO, "cannot write to standard output");
}

int main(int argc, char **argv)
{
	static char name[] = "sdme";
	static char *fallback[] = { name, NULL };
	int r;

	if (argc < 1) {
		argc = 1;
		argv = fallback;
	}
	reserve_standard_fds();
	global_args.umask = umask(022); /* modes that matter are set; the rest is as in any system's tree */
	signal(SIGPIPE, SIG_IGN);
	interrupt_install();
	r = dispatch(argc, argv);
	if (flush_stdout() < 0 && r >= 0)
		r = r > 0 ? r : failure_status;
	if (r != 0 && interrupted() && r <= EXIT_USAGE) {
		log_error("interrupted");
		return 128 + interrupted();
	}
	return r < 0 ? failure_status : r;
}
