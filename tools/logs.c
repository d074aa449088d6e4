/* SPDX-License-Identifier: MIT */
/* logs: show the journal of a container's unit, with journalctl. */

#include <errno.h>
#include <unistd.h>

#include "app/unit.h"
#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/program.h"
#include "container/apps.h"
#include "container/exec.h"
#include "container/store.h"
#include "container/unitfile.h"

static bool arg_follow, arg_oci;
static const char *arg_lines;

/* For those who write them in front of the name. What stands behind it is journalctl's. */
static const struct opt opts[] = {
	OPT_FLAG(0, "oci", &arg_oci, "Show what the application of the container's image logged"),
	OPT_FLAG('f', "follow", &arg_follow, "Show what comes, too, until interrupted"),
	OPT_STR('n', "lines", "N", &arg_lines, "Show the last N lines"),
	OPT_END,
};

static void add_words(struct strv *argv, const char *unit, char *const *words)
{
	strv_add(argv, "journalctl");
	strv_add(argv, "-u");
	strv_add(argv, unit);
	if (arg_follow)
		strv_add(argv, "--follow");
	if (arg_lines)
		strv_addf(argv, "--lines=%s", arg_lines);
	for (; *words; words++)
		strv_add(argv, *words);
}

/* Its journal is the container's own. */
static int show_app(const struct store *s, const struct args *args)
{
	cleanup_app_operands struct app_operands operands = { NULL };
	cleanup_strv struct strv argv = STRV_INIT;
	cleanup_free char *unit = NULL;
	struct exec_request request = { .tty = isatty(0) && isatty(1) };
	int r = apps_read_operands(s, args, APP_WORD_KNOWN, &operands);

	if (r < 0)
		return r;
	unit = app_unit_name(operands.app);
	add_words(&argv, unit, operands.rest);
	request.argv = argv.v;
	return container_exec(s, operands.container, &request);
}

static int show(const struct store *s, const struct args *args)
{
	cleanup_strv struct strv argv = STRV_INIT;
	cleanup_free char *name = NULL, *unit = NULL;
	int r = store_resolve(s, args->argv[0], &name);

	if (r < 0)
		return r;
	unit = container_unit(name);
	add_words(&argv, unit, args->argv + 1);
	r = program_exec(argv.v);
	if (r == -ENOENT)
		return log_error_code(r, "journalctl not found; install it with: apt install systemd");
	return log_error_errno(r, "cannot run journalctl");
}

/* Behind NAME, what is ours has to be first: the rest is journalctl's. */
static int run(const struct args *args)
{
	cleanup_store struct store store = STORE_INIT;
	cleanup_strv struct strv words = STRV_INIT;
	bool is_behind = args->argc > 1 && args->dashes < 0 && streq(args->argv[1], "--oci");
	struct args others = *args;
	int r = store_open(STORE_READ, global_args.config, &store);

	if (r < 0)
		return r;
	if (!is_behind)
		return arg_oci ? show_app(&store, args) : show(&store, args);
	strv_add(&words, args->argv[0]);
	for (int i = 2; i < args->argc; i++)
		strv_add(&words, args->argv[i]);
	others.argv = words.v;
	others.argc--;
	return show_app(&store, &others);
}

const struct applet applet_logs = {
	.name = "sdme-logs",
	.summary = "Show what a container's boot console and unit logged",
	.synopsis = "NAME [JOURNALCTL-ARG...]",
	.examples = "  sudo sdme logs web\n"
		    "  sudo sdme logs web -f -n 50\n"
		    "  sudo sdme logs web --since today -o json\n"
		    "  sudo sdme logs --oci web -f\n"
		    "  sudo sdme logs shop --oci redis\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_NONE },
	.min_operands = 1,
	.max_operands = -1,
	.options_until = 1,
	.flags = APPLET_ROOT,
	.run = run,
};
