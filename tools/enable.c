/* SPDX-License-Identifier: MIT */
/* enable: start containers when the host boots. */

#include "applet.h"
#include "container/batch.h"
#include "container/enable.h"

static int enable_one(struct session *session, const char *name)
{
	return container_enable(&session->store, session->bus, name);
}

static int run(const struct args *args)
{
	static const struct batch batch = {
		.doing = "enabling",
		.past = "enabled",
		.run = enable_one,
		.needs = SESSION_SYSTEMD,
	};

	return batch_main(args, false, &batch);
}

const struct applet applet_enable = {
	.name = "sdme-enable",
	.summary = "Start containers when the host boots",
	.synopsis = "NAME...",
	.examples = "  sudo sdme enable web\n",
	.operands = { WORDS_CONTAINER, WORDS_CONTAINER, WORDS_CONTAINER },
	.min_operands = 1,
	.max_operands = -1,
	.flags = APPLET_ROOT,
	.run = run,
};
