/* SPDX-License-Identifier: MIT */
/* connector-rm: take a connector away from a container. */

#include <errno.h>
#include <stdio.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "container/batch.h"
#include "container/state.h"
#include "container/status.h"

static const struct opt opts[] = { OPT_END };

static int take_away(struct session *session, const char *input, const char *connector)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_close int lock = -1;
	int r = container_load_to_change(&session->store, input, &c, &lock);

	if (r < 0)
		return r;
	if (!strv_contains(&c.connectors, connector))
		return log_error_code(-ENOENT, "container '%s' has no connector '%s'", c.name, connector);
	strv_remove(&c.connectors, connector);
	r = container_save(&session->store, &c, 0);
	if (r < 0)
		return r;
	log_notice("removed connector '%s' from '%s'", connector, c.name);
	status_note_restart(&session->store, session->bus, c.name);
	printf("%s\n", c.name);
	return 0;
}

static int run(const struct args *args)
{
	cleanup_session struct session session = SESSION_INIT;
	int r = session_open(&session, SESSION_IF_RUNS);

	return r < 0 ? r : take_away(&session, args->argv[0], args->argv[1]);
}

const struct applet applet_connector_rm = {
	.name = "sdme-connector-rm",
	.summary = "Take a connector away from a container",
	.synopsis = "CONTAINER CONNECTOR",
	.examples = "  sudo sdme connector rm mybox nginx\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_NONE },
	.min_operands = 2,
	.max_operands = 2,
	.flags = APPLET_ROOT,
	.run = run,
};
