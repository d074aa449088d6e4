/* SPDX-License-Identifier: MIT */
/* connector-ls: the connectors that a container may use. */

#include <stdio.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "container/state.h"

static bool arg_json, arg_quiet;

static const struct opt opts[] = {
	OPT_FLAG(0, "json", &arg_json, "Print them as JSON"),
	OPT_FLAG('q', "quiet", &arg_quiet, "Say nothing when there are none"),
	OPT_END,
};

static int print_json(const struct container *c)
{
	json_t *list;
	int r = json_load();

	if (r < 0)
		return r;
	list = json_strv(&c->connectors);
	json_print(list, false);
	json_unref(list);
	return 0;
}

static int run(const struct args *args)
{
	cleanup_store struct store store = STORE_INIT;
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *name = NULL;
	int r = store_open(STORE_READ, global_args.config, &store);

	if (r >= 0)
		r = store_resolve(&store, args->argv[0], &name);
	if (r >= 0)
		r = container_load(&store, name, &c);
	if (r < 0)
		return r;
	if (arg_json)
		return print_json(&c);
	STRV_FOREACH(connector, &c.connectors)
		printf("%s\n", connector);
	if (c.connectors.n == 0 && !arg_quiet)
		log_notice("no connectors configured");
	return 0;
}

const struct applet applet_connector_ls = {
	.name = "sdme-connector-ls",
	.summary = "List the connectors that a container may use",
	.synopsis = "CONTAINER",
	.examples = "  sudo sdme connector ls mybox\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER },
	.min_operands = 1,
	.max_operands = 1,
	.flags = APPLET_ROOT,
	.run = run,
};
