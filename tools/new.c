/* SPDX-License-Identifier: MIT */
/* new: make a container, boot it and enter it. */

#include <stdio.h>
#include <stdlib.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "container/batch.h"
#include "container/create.h"
#include "container/enable.h"
#include "container/exec.h"
#include "container/remove.h"
#include "container/start.h"
#include "container/user.h"

static struct request arg;
static const char *arg_name, *arg_rootfs, *arg_timeout, *arg_user;

static const struct opt opts[] = {
	OPT_CALL('n', "name", "NAME", option_name_or_empty, &arg_name, "The name of the container"),
	OPT_CALL('r', "rootfs", "ROOTFS", option_name, &arg_rootfs,
		 "Use this root filesystem, not a clone of the host", .words = WORDS_ROOTFS),
	OPT_CALL(0, "fs", "ROOTFS", option_name, &arg_rootfs, "The same as --rootfs", .words = WORDS_ROOTFS),
	OPT_STR(0, "user", "NAME", &arg_user, "Enter it as this user", .words = WORDS_USER),
	OPT_FLAG(0, "ephemeral", &arg.c.ephemeral, "Remove it when the shell or command ends"),
	OPT_CALL('t', "timeout", "SECS", option_seconds, &arg_timeout, "Wait this long for the boot"),
	OPTIONS_LIMITS(&arg),
	OPTIONS_NETWORK(&arg),
	OPTIONS_MOUNTS(&arg),
	OPTIONS_SECURITY(&arg),
	OPTIONS_SERVICE(&arg),
	OPTIONS_APPS(&arg),
	OPT_END,
};

static void tell_about_hardening(void)
{
	if (!(arg.hardened || arg.strict) || !container_is_host_clone(&arg.c))
		return;
	if (!container_has_interface(&arg.c))
		log_notice("note: a hardened container has no network but its own loopback");
	log_notice("note: sudo and su do not work in a hardened container");
}

static int create_and_start(struct session *session)
{
	int r = container_create(&session->store, &arg, arg_name, arg_rootfs);

	if (r < 0)
		return r;
	log_notice("created '%s'", arg.c.name);
	tell_about_hardening();
	if (arg.enable)
		r = container_enable(&session->store, session->bus, arg.c.name);
	if (r >= 0) {
		log_notice("starting '%s'", arg.c.name);
		r = container_start(&session->store, session->bus, arg.c.name,
				    arg_timeout ? strtoull(arg_timeout, NULL, 10) : 0);
	}
	if (r < 0) {
		log_notice("start failed, removing '%s'", arg.c.name);
		(void)container_remove_uninterrupted(&session->store, session->bus, arg.c.name);
	}
	return r;
}

/* The container stays whatever the shell's exit status, unless it was to be ephemeral. */
static int enter(struct session *session, char *const *argv)
{
	cleanup_free char *user = NULL;
	int r = join_user(&session->store, &arg.c, arg_user, &user), status;

	if (r >= 0) {
		log_notice("joining '%s'", arg.c.name);
		r = container_join(&session->store, arg.c.name, user, argv);
	}
	status = r;
	if (arg.c.ephemeral) {
		log_notice("removing '%s'", arg.c.name);
		r = container_remove_uninterrupted(&session->store, session->bus, arg.c.name);
		return r < 0 && status == 0 ? r : status;
	}
	return status;
}

/* "new [NAME] [-- COMMAND...]" */
static int split_operands(const struct args *args, char *const **ret_argv)
{
	int n_names = args->dashes < 0 ? args->argc : args->dashes;

	if (n_names > 1)
		return usage_error("unexpected argument '%s'; a command goes after '--'", args->argv[1]);
	*ret_argv = args->argc > n_names ? args->argv + n_names : NULL;
	if (n_names == 0)
		return 0;
	if (arg_name)
		return usage_error("two names: '%s' and --name '%s'", args->argv[0], arg_name);
	return option_name(args->argv[0], &arg_name) < 0 ? EXIT_USAGE : 0;
}

static int run(const struct args *args)
{
	cleanup_session struct session session = SESSION_INIT;
	char *const *argv = NULL;
	int r = split_operands(args, &argv);

	if (r == 0)
		r = session_open(&session, SESSION_SYSTEMD);
	if (r == 0)
		r = request_finish(&arg, &session.store.config);
	if (r == 0)
		r = create_and_start(&session);
	if (r == 0)
		r = enter(&session, argv);
	request_done(&arg);
	return r;
}

const struct applet applet_new = {
	.name = "sdme-new",
	.summary = "Make a container, boot it and enter it",
	.synopsis = "[NAME] [-- COMMAND [ARG...]]",
	.examples = "  sudo sdme new\n"
		    "  sudo sdme new -r debian builder\n"
		    "  sudo sdme new --ephemeral -r debian -- apt-get --version\n",
	.opts = opts,
	.operands = { WORDS_NONE, WORDS_COMMAND, WORDS_COMMAND },
	.max_operands = -1,
	.flags = APPLET_ROOT,
	.run = run,
};
