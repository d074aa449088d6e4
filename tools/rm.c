/* SPDX-License-Identifier: MIT */
/* rm: remove containers. */

#include <errno.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/confirm.h"
#include "base/log.h"
#include "container/batch.h"
#include "container/remove.h"

static bool arg_all, arg_force;

static const struct opt opts[] = {
	OPT_FLAG('a', "all", &arg_all, "Every container"),
	OPT_FLAG('f', "force", &arg_force,
		 "Do not ask, neither for --all nor for a shortened name"),
	OPT_END,
};

static int remove_one(struct session *session, const char *name)
{
	return container_remove(&session->store, session->bus, name);
}

static int confirm_all(struct session *session, const struct strv *names)
{
	int r;

	if (arg_force)
		return 0;
	if (!confirm_is_possible(session->store.config.interactive))
		return log_error_code(
			-EPERM,
			"there is nobody to ask whether all containers (%zu) shall go; use --force",
			names->n);
	STRV_FOREACH (name, names)
		log_notice("  %s", name);
	r = confirm("remove all these containers? are you sure? [y/N] ", false);
	if (r == 0)
		return log_error_code(-ECANCELED, "aborted");
	return r < 0 ? r : 0;
}

/* The one that was meant may be gone already, and a script that is run again must not take the next. */
static int confirm_prefix(struct session *session, const char *operand, const char *name)
{
	cleanup_free char *question =
		xasprintf("there is no '%s': remove '%s'? [y/N] ", operand, name);
	int r;

	if (arg_force)
		return 0;
	if (!confirm_is_possible(session->store.config.interactive))
		return log_error_code(
			-ENOENT, "no container is called '%s'; to remove '%s', give its whole name",
			operand, name);
	r = confirm(question, false);
	if (r == 0)
		return log_error_code(-ECANCELED, "'%s' stays", name);
	return r < 0 ? r : 0;
}

static int run(const struct args *args)
{
	static const struct batch batch = {
		.doing = "removing",
		.past = "removed",
		.run = remove_one,
		.all = BATCH_EVERY,
		.none = "no containers to remove",
		.needs = SESSION_IF_RUNS,
		.confirm = confirm_all,
		.confirm_prefix = confirm_prefix,
	};

	return batch_main(args, arg_all, &batch);
}

const struct applet applet_rm = {
	.name = "sdme-rm",
	.summary = "Remove containers",
	.synopsis = "NAME... | --all",
	.examples = "  sudo sdme rm web\n"
		    "  sudo sdme rm --all --force\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_CONTAINER, WORDS_CONTAINER },
	.max_operands = -1,
	.flags = APPLET_ROOT,
	.run = run,
};
