/* SPDX-License-Identifier: MIT */
/* exec: run a command in a running container, on pipes or on a terminal. */

#include <errno.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "container/apps.h"
#include "container/exec.h"
#include "container/value.h"

static bool arg_tty, arg_interactive, arg_oci;
static const char *arg_user, *arg_workdir;
static struct strv arg_env;

static int add_env(const char *value, attr_unused void *data)
{
	const char *wrong = check_env(value);

	if (wrong)
		return log_error_code(-EINVAL, "--env '%s' %s", value, wrong);
	strv_add(&arg_env, value);
	return 0;
}

static int set_workdir(const char *value, attr_unused void *data)
{
	const char *wrong = check_absolute_path(value);

	if (wrong)
		return log_error_code(-EINVAL, "--workdir '%s' %s", value, wrong);
	arg_workdir = value;
	return 0;
}

static const struct opt opts[] = {
	OPT_FLAG('i', "interactive", &arg_interactive, "Nothing: the command always gets the input"),
	OPT_FLAG(0, "oci", &arg_oci, "Run it in the application of the container's image"),
	OPT_FLAG('t', "tty", &arg_tty, "Give the command a terminal of its own"),
	OPT_STR('u', "user", "USER", &arg_user, "Run it as this user", .words = WORDS_USER),
	OPT_CALL('e', "env", "KEY=VALUE", add_env, NULL, "Set a variable of its environment",
		 .repeats = true),
	OPT_CALL('w', "workdir", "DIR", set_workdir, NULL, "Run it in this directory, not in /"),
	OPT_END,
};

static int exec_in_app(const struct store *s, const struct args *args, struct exec_request *request)
{
	cleanup_app_operands struct app_operands operands = { NULL };

	if (apps_read_operands(s, args, APP_WORD_NEEDED, &operands) < 0)
		return EXEC_FAILED;
	if (!operands.rest[0])
		return usage_error("no command given");
	request->argv = operands.rest;
	return container_exec_in_app(s, operands.container, operands.app, request);
}

static int run(const struct args *args)
{
	cleanup_store struct store store = STORE_INIT;
	cleanup_free char *name = NULL;
	struct exec_request request = {
		.user = arg_user,
		.workdir = arg_workdir,
		.env = &arg_env,
		.argv = args->argv + 1,
		.tty = arg_tty,
	};

	if (store_open(STORE_READ, global_args.config, &store) < 0)
		return EXEC_FAILED;
	if (arg_oci)
		return exec_in_app(&store, args, &request);
	if (store_resolve(&store, args->argv[0], &name) < 0)
		return EXEC_FAILED;
	return container_exec(&store, name, &request);
}

const struct applet applet_exec = {
	.name = "sdme-exec",
	.summary = "Run a command in a running container",
	.synopsis = "NAME COMMAND [ARG...]",
	.examples = "  sudo sdme exec web systemctl status\n"
		    "  sudo sdme exec web cat /etc/hosts > hosts\n"
		    "  sudo sdme exec web tar -xC /srv < site.tar\n"
		    "  sudo sdme exec -t web top\n"
		    "  sudo sdme exec --oci cache redis-cli ping\n"
		    "  sudo sdme exec shop --oci redis -- redis-cli ping\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_COMMAND, WORDS_COMMAND },
	.min_operands = 2,
	.max_operands = -1,
	.options_until = 2,
	.flags = APPLET_ROOT,
	.failure_status = EXEC_FAILED,
	.run = run,
};
