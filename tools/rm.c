/* SPDX-License-Identifier: MIT */
/* rm: remove containers. */

#include <errno.h>

#include "applet.h"
#include "base/confirm.h"
#include "base/log.h"
#include "container/batch.h"
#include "container/remove.h"

static bool arg_all, arg_force;

static const struct opt opts[] = {
	OPT_FLAG('a', "all", &arg_all, "Every container"),
	OPT_FLAG('f', "force", &arg_force, "Do not ask before --all"),
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
		return log_error_code(-EPERM, "there is nobody to ask whether all %zu containers shall go; use --force", names->n);
	r = confirm("remove all containers? are you sure? [y/N] ", false);
	if (r == 0)
		return log_error_code(-ECANCELED, "aborted");
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
