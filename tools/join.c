/* SPDX-License-Identifier: MIT */
/* join: enter a container: a login shell, or a command with a terminal. */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/confirm.h"
#include "base/log.h"
#include "container/apps.h"
#include "container/batch.h"
#include "container/exec.h"
#include "container/options.h"
#include "container/start.h"
#include "container/status.h"
#include "container/user.h"
#include "host/unit.h"

static bool arg_start, arg_oci;
static const char *arg_timeout, *arg_user;

static const struct opt opts[] = {
	OPT_FLAG(0, "oci", &arg_oci, "Enter the application of the container's image"),
	OPT_FLAG(0, "start", &arg_start, "Boot the container first if it is stopped"),
	OPT_CALL('t', "timeout", "SECS", option_seconds, &arg_timeout, "Wait this long for the boot"),
	OPT_STR('u', "user", "USER", &arg_user, "Enter it as this user", .words = WORDS_USER),
	OPT_END,
};

static int ask_to_start(const struct store *s, const char *name)
{
	cleanup_free char *question = xasprintf("container '%s' is stopped. start it? [Y/n] ", name);
	int r;

	if (arg_start)
		return 0;
	if (!confirm_is_possible(s->config.interactive))
		return log_error_code(-ESRCH, "container '%s' is not running (use --start to start it)",
				      name);
	r = confirm(question, true);
	if (r == 0)
		return log_error_code(-ECANCELED, "aborted");
	return r < 0 ? r : 0;
}

static int start(const char *name)
{
	cleanup_session struct session session = SESSION_INIT;
	int r = session_open(&session, SESSION_SYSTEMD);

	if (r < 0)
		return r;
	log_notice("starting '%s'", name);
	return container_start(&session.store, session.bus, name,
			       arg_timeout ? strtoull(arg_timeout, NULL, 10) : 0);
}

static int ensure_running(const struct store *s, const char *name)
{
	cleanup_bus sd_bus *bus = NULL;
	enum unit_state state;
	int r = bus_open_system(&bus);

	if (r >= 0)
		r = status_get(s, bus, name, &state);
	if (r < 0 || state == UNIT_ACTIVE)
		return r;
	/* Somebody else is starting it: wait with them. */
	if (state != UNIT_ACTIVATING)
		r = ask_to_start(s, name);
	return r < 0 ? r : start(name);
}

static int join_app(const struct store *s, const struct args *args)
{
	cleanup_app_operands struct app_operands operands = { NULL };
	struct exec_request request = { .user = arg_user, .tty = isatty(0) && isatty(1) };
	int r = apps_read_operands(s, args, APP_WORD_LAST, &operands);

	if (r >= 0)
		r = ensure_running(s, operands.container);
	if (r < 0)
		return r;
	request.argv = operands.rest[0] ? operands.rest : NULL;
	return container_exec_in_app(s, operands.container, operands.app, &request);
}

static int run(const struct args *args)
{
	cleanup_store struct store store = STORE_INIT;
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *name = NULL, *user = NULL;
	int r = store_open(STORE_READ, global_args.config, &store);

	if (r >= 0 && arg_oci)
		return join_app(&store, args);
	if (r >= 0)
		r = store_resolve(&store, args->argv[0], &name);
	if (r >= 0)
		r = container_load(&store, name, &c);
	if (r >= 0)
		r = ensure_running(&store, name);
	if (r >= 0)
		r = join_user(&store, &c, arg_user, &user);
	return r < 0 ? r : container_join(&store, name, user, args->argv + 1);
}

const struct applet applet_join = {
	.name = "sdme-join",
	.summary = "Enter a container with a shell or a command",
	.synopsis = "NAME [COMMAND [ARG...]]",
	.examples = "  sudo sdme join web\n"
		    "  sudo sdme join --start --user alice web\n"
		    "  sudo sdme join web journalctl -f\n"
		    "  sudo sdme join --oci cache\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_COMMAND, WORDS_COMMAND },
	.min_operands = 1,
	.max_operands = -1,
	.options_until = 2,
	.flags = APPLET_ROOT,
	.failure_status = EXEC_FAILED,
	.run = run,
};
