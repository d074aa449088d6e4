/* SPDX-License-Identifier: MIT */
/* logs: show the journal of a container's unit, with journalctl. */

#include <errno.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/program.h"
#include "container/store.h"
#include "container/unitfile.h"

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
	.operands = { WORDS_CONTAINER, WORDS_NONE },
	.min_operands = 1,
	.max_operands = -1,
	.options_until = 1,
	.flags = APPLET_ROOT,
	.run = run,
};
