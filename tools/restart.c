/* SPDX-License-Identifier: MIT */
/* restart: stop containers and boot them again. */

#include <stdlib.h>

#include "applet.h"
#include "container/batch.h"
#include "container/options.h"
#include "container/start.h"
#include "container/stop.h"

static bool arg_all, arg_term, arg_kill;
static const char *arg_timeout;

static const struct opt opts[] = {
	OPT_FLAG('a', "all", &arg_all, "Every container that runs"),
	OPT_FLAG(0, "term", &arg_term, "Let systemd stop it, and kill it if it does not"),
	OPT_FLAG(0, "kill", &arg_kill, "Kill every process of it at once"),
	OPT_CALL('t', "timeout", "SECS", option_seconds, &arg_timeout, "Wait this long for the boot"),
	OPT_END,
};

static int restart_one(struct session *session, const char *name)
{
	enum stop_tier tier = arg_kill ? STOP_KILL : arg_term ? STOP_TERMINATE : STOP_GRACEFUL;
	int r = container_ensure_stopped(&session->store, session->bus, name, tier);

	if (r < 0)
		return r;
	return container_start(&session->store, session->bus, name,
			       arg_timeout ? strtoull(arg_timeout, NULL, 10) : 0);
}

static int run(const struct args *args)
{
	static const struct batch batch = {
		.doing = "restarting",
		.past = "restarted",
		.run = restart_one,
		.needs = SESSION_SYSTEMD,
		.all = BATCH_NOT_STOPPED,
		.none = "no running containers to restart",
	};

	if (arg_term && arg_kill)
		return usage_error("--term and --kill cannot be used together");
	return batch_main(args, arg_all, &batch);
}

const struct applet applet_restart = {
	.name = "sdme-restart",
	.summary = "Stop containers and boot them again",
	.synopsis = "NAME... | --all",
	.examples = "  sudo sdme restart web\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_CONTAINER, WORDS_CONTAINER },
	.max_operands = -1,
	.flags = APPLET_ROOT,
	.run = run,
};
