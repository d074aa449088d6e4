/* SPDX-License-Identifier: MIT */
/* logs: show the journal of a container's unit, with journalctl. */

#include <errno.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/program.h"
#include "container/store.h"
#include "container/unitfile.h"

static bool arg_follow;
static const char *arg_lines;

/* For those who write them in front of the name. What stands behind it is journalctl's. */
static const struct opt opts[] = {
	OPT_FLAG('f', "follow", &arg_follow, "Show what comes, too, until interrupted"),
	OPT_STR('n', "lines", "N", &arg_lines, "Show the last N lines"),
	OPT_END,
};

static int run(const struct args *args)
{
	cleanup_store struct store store = STORE_INIT;
	cleanup_strv struct strv argv = STRV_INIT;
	cleanup_free char *name = NULL, *unit = NULL;
	int r = store_open(STORE_READ, global_args.config, &store);

	if (r >= 0)
		r = store_resolve(&store, args->argv[0], &name);
	if (r < 0)
		return r;
	unit = container_unit(name);
	strv_add(&argv, "journalctl");
	strv_add(&argv, "-u");
	strv_add(&argv, unit);
	if (arg_follow)
		strv_add(&argv, "--follow");
	if (arg_lines)
		strv_addf(&argv, "--lines=%s", arg_lines);
	for (int i = 1; i < args->argc; i++)
		strv_add(&argv, args->argv[i]);
	r = program_exec(argv.v);
	if (r == -ENOENT)
		return log_error_code(r, "journalctl not found; install it with: apt install systemd");
	return log_error_errno(r, "cannot run journalctl");
}

const struct applet applet_logs = {
	.name = "sdme-logs",
	.summary = "Show what a container's boot console and unit logged",
	.synopsis = "NAME [JOURNALCTL-ARG...]",
	.examples = "  sudo sdme logs web\n"
		    "  sudo sdme logs web -f -n 50\n"
		    "  sudo sdme logs web --since today -o json\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_NONE },
	.min_operands = 1,
	.max_operands = -1,
	.options_until = 1,
	.flags = APPLET_ROOT,
	.run = run,
};
