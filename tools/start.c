/* SPDX-License-Identifier: MIT */
/* start: boot containers. */

#include <stdlib.h>

#include "applet.h"
#include "container/batch.h"
#include "container/options.h"
#include "container/start.h"

static bool arg_all;
static const char *arg_timeout;

static const struct opt opts[] = {
	OPT_FLAG('a', "all", &arg_all, "Every container that is stopped"),
	OPT_CALL('t', "timeout", "SECS", option_seconds, &arg_timeout, "Wait this long for the boot"),
	OPT_END,
};

static int start_one(struct session *session, const char *name)
{
	return container_start(&session->store, session->bus, name,
			       arg_timeout ? strtoull(arg_timeout, NULL, 10) : 0);
}

static int run(const struct args *args)
{
	static const struct batch batch = {
		.doing = "starting",
		.past = "started",
		.run = start_one,
		.needs = SESSION_SYSTEMD,
		.all = BATCH_STOPPED,
		.none = "no stopped containers to start",
	};

	return batch_main(args, arg_all, &batch);
}

const struct applet applet_start = {
	.name = "sdme-start",
	.summary = "Boot containers",
	.synopsis = "NAME... | --all",
	.examples = "  sudo sdme start web db\n"
		    "  sudo sdme start --all --timeout 120\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_CONTAINER, WORDS_CONTAINER },
	.max_operands = -1,
	.flags = APPLET_ROOT,
	.run = run,
};
