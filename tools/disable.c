/* SPDX-License-Identifier: MIT */
/* disable: do not start containers when the host boots. */

#include "applet.h"
#include "container/batch.h"
#include "container/enable.h"

static int disable_one(struct session *session, const char *name)
{
	return container_disable(&session->store, session->bus, name);
}

static int run(const struct args *args)
{
	static const struct batch batch = {
		.doing = "disabling",
		.past = "disabled",
		.run = disable_one,
		.needs = SESSION_SYSTEMD,
	};

	return batch_main(args, false, &batch);
}

const struct applet applet_disable = {
	.name = "sdme-disable",
	.summary = "Do not start containers when the host boots",
	.synopsis = "NAME...",
	.examples = "  sudo sdme disable web\n",
	.operands = { WORDS_CONTAINER, WORDS_CONTAINER, WORDS_CONTAINER },
	.min_operands = 1,
	.max_operands = -1,
	.flags = APPLET_ROOT,
	.run = run,
};
