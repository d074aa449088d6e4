/* SPDX-License-Identifier: MIT */
/* app-init: run the program of an application, or a command beside it. */

#include <errno.h>
#include <unistd.h>

#include "app/join.h"
#include "app/launch.h"
#include "app/supervise.h"
#include "applet.h"
#include "base/log.h"

static bool arg_run, arg_join, arg_no_healthcheck;
static const char *arg_user, *arg_workdir;
static struct strv arg_env;

static int add_env(const char *value, void *data)
{
	(void)data;
	if (*value == '=' || !strchr(value, '='))
		return log_error_code(-EINVAL, "'%s' is no NAME=VALUE", value);
	strv_add(&arg_env, value);
	return 0;
}

static int set_workdir(const char *value, void *data)
{
	(void)data;
	if (*value != '/')
		return log_error_code(-EINVAL, "the directory '%s' is not absolute", value);
	arg_workdir = value;
	return 0;
}

static const struct opt opts[] = {
	OPT_FLAG(0, "no-healthcheck", &arg_no_healthcheck, "Do not check the program's health"),
	OPT_FLAG(0, "run", &arg_run, "Run it once, on our input and output"),
	OPT_FLAG(0, "join", &arg_join, "Run a command where the program runs"),
	OPT_GROUP("Options for --join"),
	OPT_STR(0, "user", "USER[:GROUP]", &arg_user, "Be this user of the image"),
	OPT_CALL(0, "env", "NAME=VALUE", add_env, NULL, "Set a variable", .repeats = true),
	OPT_CALL(0, "workdir", "DIR", set_workdir, NULL, "Start in this directory"),
	OPT_END,
};

static int run_service(const char *name)
{
	cleanup_launch struct launch l = LAUNCH_INIT;

	if (launch_prepare(&l, name, &(struct launch_request){ 0 }) < 0)
		return LAUNCH_FAILED;
	if (arg_no_healthcheck)
		strv_done(&l.app.health.test);
	return supervise_service(&l);
}

static int run_once(const char *name, const struct launch_request *request)
{
	cleanup_launch struct launch l = LAUNCH_INIT;

	return launch_prepare(&l, name, request) < 0 ? LAUNCH_FAILED : supervise_run(&l);
}

/* Options may stand behind the application's name here, up to the command. */
static int join(const struct args *args)
{
	const struct opt *const tables[] = { opts, NULL };
	cleanup_strv struct strv command = STRV_INIT;
	int dashes;

	if (opt_parse(tables, args->argc, args->argv, 1, &command, &dashes) < 0)
		return EXIT_USAGE;
	if (command.n == 0)
		return usage_error("there is no command to run");
	return join_run(args->argv[0], &(struct launch_request){
					       .argv = command.v,
					       .user = arg_user,
					       .env = &arg_env,
					       .working_dir = arg_workdir,
				       });
}

static int run(const struct args *args)
{
	if (arg_run && arg_join)
		return usage_error("--run and --join do not go together");
	if (!arg_join && (arg_user || arg_env.n > 0 || arg_workdir))
		return usage_error("--user, --env and --workdir are for --join");
	if (arg_join)
		return join(args);
	if (arg_run)
		return run_once(args->argv[0], &(struct launch_request){ .more = args->argv + 1 });
	if (args->argc > 1)
		return usage_error("unexpected argument '%s'", args->argv[1]);
	return run_service(args->argv[0]);
}

const struct applet applet_app_init = {
	.name = "sdme-app-init",
	.summary = "Run the program of an application image in its container",
	.synopsis = "APPLICATION [COMMAND] [ARGUMENT...]",
	.examples = "  sdme-app-init nginx                            as the service of it does\n"
		    "  sdme-app-init --run jq .name < data.json\n"
		    "  sdme-app-init --join redis -- redis-cli ping\n",
	.opts = opts,
	.min_operands = 1,
	.max_operands = -1,
	.options_until = 1,
	.flags = APPLET_ROOT | APPLET_PLUMBING,
	.failure_status = LAUNCH_FAILED,
	.run = run,
};
