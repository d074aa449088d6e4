/* SPDX-License-Identifier: MIT */
/* create: make a container, without booting it unless asked. */

#include <stdio.h>
#include <stdlib.h>

#include "applet.h"
#include "base/log.h"
#include "container/batch.h"
#include "container/create.h"
#include "container/enable.h"
#include "container/remove.h"
#include "container/start.h"

static struct request arg;
static const char *arg_name, *arg_rootfs, *arg_timeout;
static bool arg_started;

static const struct opt opts[] = {
	OPT_CALL('n', "name", "NAME", option_name_or_empty, &arg_name, "The name of the container"),
	OPT_CALL('r', "rootfs", "ROOTFS", option_name, &arg_rootfs,
		 "Use this root filesystem, not a clone of the host", .words = WORDS_ROOTFS),
	OPT_CALL(0, "fs", "ROOTFS", option_name, &arg_rootfs, "The same as --rootfs", .words = WORDS_ROOTFS),
	OPT_FLAG(0, "started", &arg_started, "Boot it, too"),
	OPT_CALL('t', "timeout", "SECS", option_seconds, &arg_timeout, "With --started: wait this long"),
	OPTIONS_LIMITS(&arg),
	OPTIONS_NETWORK(&arg),
	OPTIONS_MOUNTS(&arg),
	OPTIONS_SECURITY(&arg),
	OPTIONS_SERVICE(&arg),
	OPTIONS_APPS(&arg),
	OPT_END,
};

static int create_and_start(struct session *session)
{
	const char *name;
	int r = container_create(&session->store, &arg, arg_name, arg_rootfs);

	if (r < 0)
		return r;
	name = arg.c.name;
	log_notice("created '%s'", name);
	if (arg.enable)
		r = container_enable(&session->store, session->bus, name);
	if (r >= 0 && arg_started)
		r = container_start(&session->store, session->bus, name,
				    arg_timeout ? strtoull(arg_timeout, NULL, 10) : 0);
	if (r < 0) {
		log_notice("removing '%s' again", name);
		(void)container_remove_uninterrupted(&session->store, session->bus, name);
		return r;
	}
	printf("%s\n", name);
	return 0;
}

static int run(const struct args *args)
{
	cleanup_session struct session session = SESSION_INIT;
	int r;

	if (args->argc > 0) {
		if (arg_name)
			return usage_error("two names: '%s' and --name '%s'", args->argv[0], arg_name);
		if (option_name(args->argv[0], &arg_name) < 0)
			return EXIT_USAGE;
	}
	if (arg_timeout && !arg_started)
		return usage_error("--timeout only has a meaning with --started");
	/* Making one needs no systemd; booting and enabling it do. */
	r = session_open(&session, arg_started || arg.enable ? SESSION_SYSTEMD : SESSION_STORE);
	if (r >= 0)
		r = request_finish(&arg, &session.store.config);
	if (r == 0)
		r = create_and_start(&session);
	request_done(&arg);
	return r;
}

const struct applet applet_create = {
	.name = "sdme-create",
	.summary = "Make a container",
	.synopsis = "[NAME]",
	.examples = "  sudo sdme create web -r debian --memory 1G --port 8080:80 --network-veth\n"
		    "  sudo sdme create --started --enable db -r debian\n",
	.opts = opts,
	.max_operands = 1,
	.flags = APPLET_ROOT,
	.run = run,
};
