/* SPDX-License-Identifier: MIT */
/* fs-gc: clear away what killed commands have left among the root filesystems. */

#include "applet.h"
#include "base/log.h"
#include "container/stage.h"

static int run(const struct args *args)
{
	cleanup_store struct store s = STORE_INIT;
	int r = store_open(STORE_WRITE, global_args.config, &s);

	(void)args;
	if (r >= 0)
		r = stage_gc(&s);
	if (r < 0)
		return r;
	if (r == 0)
		log_notice("no stale transactions found");
	else
		log_notice("cleaned %d stale transaction%s", r, r == 1 ? "" : "s");
	return 0;
}

const struct applet applet_fs_gc = {
	.name = "sdme-fs-gc",
	.summary = "Clear away what killed imports and removals have left",
	.synopsis = "",
	.examples = "  sudo sdme fs gc\n",
	.flags = APPLET_ROOT,
	.run = run,
};
