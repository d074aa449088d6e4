/* SPDX-License-Identifier: MIT */
/* stop: end running containers. */

#include "applet.h"
#include "container/batch.h"
#include "container/stop.h"

static bool arg_all, arg_term, arg_kill;

static const struct opt opts[] = {
	OPT_FLAG('a', "all", &arg_all, "Every container that is not stopped"),
	OPT_FLAG(0, "term", &arg_term, "Let systemd stop it, and kill it if it does not"),
	OPT_FLAG(0, "kill", &arg_kill, "Kill every process of it at once"),
	OPT_END,
};

static int stop_one(struct session *session, const char *name)
{
	enum stop_tier tier = arg_kill ? STOP_KILL : arg_term ? STOP_TERMINATE : STOP_GRACEFUL;

	return container_stop(&session->store, session->bus, name, tier);
}

static int run(const struct args *args)
{
	static const struct batch batch = {
		.doing = "stopping",
		.past = "stopped",
		.run = stop_one,
		.needs = SESSION_SYSTEMD,
		.all = BATCH_NOT_STOPPED,
		.none = "no running containers to stop",
	};

	if (arg_term && arg_kill)
		return usage_error("--term and --kill cannot be used together");
	return batch_main(args, arg_all, &batch);
}

const struct applet applet_stop = {
	.name = "sdme-stop",
	.summary = "Stop containers",
	.synopsis = "NAME... | --all",
	.examples = "  sudo sdme stop web\n"
		    "  sudo sdme ps -q | xargs -r sudo sdme stop --kill\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_CONTAINER, WORDS_CONTAINER },
	.max_operands = -1,
	.flags = APPLET_ROOT,
	.run = run,
};
