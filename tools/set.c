/* SPDX-License-Identifier: MIT */
/* set: change the resource limits of a container. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "container/batch.h"
#include "container/limits.h"
#include "container/options.h"
#include "container/status.h"
#include "container/unitfile.h"

static struct request arg;

static const struct opt opts[] = {
	OPTIONS_LIMITS(&arg),
	OPT_END,
};

/* NULL: not given; "": to be taken away. */
static void change(char **limit, const char *given)
{
	if (given)
		replace_str(limit, *given ? given : NULL);
}

static int apply_live(struct session *session, const struct container *c)
{
	cleanup_free char *unit = container_unit(c->name);
	struct unit_limits limits = limits_of(&session->store, c);
	const struct strv no_devices = STRV_INIT;
	enum unit_state state;
	int r = status_get(&session->store, session->bus, c->name, &state);

	/* One that does not run gets its limits when it starts. */
	if (r < 0 || state == UNIT_INACTIVE || state == UNIT_FAILED)
		return r;
	return unit_set_limits(session->bus, unit, &limits, &no_devices);
}

static int set_limits(struct session *session, const char *input)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_close int lock = -1;
	int r = container_load_to_change(&session->store, input, &c, &lock);

	if (r < 0)
		return r;
	change(&c.memory, arg.c.memory);
	change(&c.cpus, arg.c.cpus);
	change(&c.cpu_weight, arg.c.cpu_weight);
	r = container_save(&session->store, &c, 0);
	if (r >= 0 && session->bus)
		r = apply_live(session, &c);
	if (r >= 0)
		printf("%s\n", c.name);
	return r;
}

static int run(const struct args *args)
{
	cleanup_session struct session session = SESSION_INIT;
	int r;

	if (!arg.c.memory && !arg.c.cpus && !arg.c.cpu_weight)
		return usage_error("nothing to set");
	r = session_open(&session, SESSION_IF_RUNS);
	return r < 0 ? r : set_limits(&session, args->argv[0]);
}

const struct applet applet_set = {
	.name = "sdme-set",
	.summary = "Change the resource limits of a container",
	.synopsis = "NAME",
	.examples = "  sudo sdme set web --memory 2G --cpus 1.5\n"
		    "  sudo sdme set web --memory ''\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER },
	.min_operands = 1,
	.max_operands = 1,
	.flags = APPLET_ROOT,
	.run = run,
};
