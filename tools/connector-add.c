/* SPDX-License-Identifier: MIT */
/* connector-add: let a container use a connector. */

#include <stdio.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "container/batch.h"
#include "container/connectors.h"
#include "container/state.h"
#include "container/status.h"
#include "container/value.h"

static const struct opt opts[] = { OPT_END };

static int add(struct session *session, const char *input, const char *connector)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_close int lock = -1;
	int r = container_load_to_change(&session->store, input, &c, &lock);

	if (r < 0)
		return r;
	if (strv_contains(&c.connectors, connector)) {
		log_notice("container '%s' has the connector '%s' already", c.name, connector);
		return 0;
	}
	r = connector_check(&session->store, connector);
	if (r < 0)
		return r;
	strv_add(&c.connectors, connector);
	r = container_save(&session->store, &c, 0);
	if (r < 0)
		return r;
	log_notice("added connector '%s' to '%s'", connector, c.name);
	status_note_restart(&session->store, session->bus, c.name);
	printf("%s\n", c.name);
	return 0;
}

static int run(const struct args *args)
{
	cleanup_session struct session session = SESSION_INIT;
	const char *wrong = check_name(args->argv[1]);
	int r;

	if (wrong)
		return usage_error("'%s' cannot be the name of a connector: %s", args->argv[1], wrong);
	r = session_open(&session, SESSION_IF_RUNS);
	return r < 0 ? r : add(&session, args->argv[0], args->argv[1]);
}

const struct applet applet_connector_add = {
	.name = "sdme-connector-add",
	.summary = "Let a container use a connector",
	.synopsis = "CONTAINER CONNECTOR",
	.examples = "  sudo sdme connector add mybox nginx\n"
		    "  sudo sdme restart mybox\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_NONE },
	.min_operands = 2,
	.max_operands = 2,
	.flags = APPLET_ROOT,
	.run = run,
};
