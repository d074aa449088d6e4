/* SPDX-License-Identifier: MIT */
#include "container/batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "container/recover.h"
#include "container/start.h"
#include "container/status.h"

int session_open(struct session *session, enum session_needs needs)
{
	int r = store_open(STORE_WRITE, global_args.config, &session->store);

	if (r < 0)
		return r;
	if (needs == SESSION_SYSTEMD ||
	    (needs == SESSION_IF_RUNS && access("/run/systemd/system/", F_OK) == 0))
		r = host_open(&session->bus);
	if (r >= 0)
		(void)store_recover(&session->store, session->bus);
	return r;
}

void session_close(struct session *session)
{
	bus_done_p(&session->bus);
	store_close(&session->store);
}

static int run_one(struct session *session, const char *name, const struct batch *batch)
{
	int r;

	log_notice("%s '%s'", batch->doing, name);
	r = batch->run(session, name);
	if (r < 0)
		return r;
	printf("%s\n", name);
	/* Now, for whoever reads along. */
	if (fflush(stdout) != 0 && session->stdout_error == 0)
		session->stdout_error = -errno;
	return 0;
}

static int finish(const struct session *session, int n, int first_error, const struct batch *batch)
{
	/* A reader that has seen enough is no failure. */
	if (session->stdout_error < 0)
		clearerr(stdout);
	if (session->stdout_error < 0 && session->stdout_error != -EPIPE)
		return log_error_errno(session->stdout_error, "cannot write to standard output");
	if (first_error < 0 && n > 1 && !interrupted())
		log_error("some containers could not be %s", batch->past);
	return interrupted() ? -EINTR : first_error;
}

/* All of them before the first is done: what is done to one must not change what another means. A
 * container that is named twice is done once. */
static int resolve_operands(struct session *session, const struct args *args,
			    const struct batch *batch, struct strv *names)
{
	int first_error = 0;

	for (int i = 0; i < args->argc && !interrupted(); i++) {
		cleanup_free char *name = NULL;
		int r = store_resolve(&session->store, args->argv[i], &name);

		if (r >= 0 && batch->confirm_prefix && !streq(name, args->argv[i]))
			r = batch->confirm_prefix(session, args->argv[i], name);
		if (r < 0 && first_error == 0)
			first_error = r;
		if (r >= 0 && !strv_contains(names, name))
			strv_add_owned(names, TAKE_PTR(name));
	}
	return first_error;
}

static int run_names(struct session *session, const struct strv *names, const struct batch *batch,
		     int first_error)
{
	STRV_FOREACH (name, names) {
		int r;

		if (interrupted())
			break;
		r = run_one(session, name, batch);
		if (r < 0 && first_error == 0)
			first_error = r;
	}
	return first_error;
}

static int run_operands(struct session *session, const struct args *args, const struct batch *batch)
{
	cleanup_strv struct strv names = STRV_INIT;
	int first_error = resolve_operands(session, args, batch, &names);

	first_error = run_names(session, &names, batch, first_error);
	return finish(session, args->argc, first_error, batch);
}

static int select_all(struct session *session, const struct batch *batch, struct strv *names)
{
	int r;

	if (batch->all != BATCH_EVERY)
		return status_select(&session->store, session->bus, batch->all == BATCH_NOT_STOPPED,
				     names);
	r = store_list(session->store.state_fd, names);
	return r < 0 ? log_error_errno(r, "cannot list the containers in '%s'",
				       session->store.config.datadir)
		     : 0;
}

static int run_all(struct session *session, const struct batch *batch)
{
	cleanup_strv struct strv names = STRV_INIT;
	int r = select_all(session, batch, &names);

	if (r < 0)
		return r;
	if (names.n == 0) {
		log_notice("%s", batch->none);
		return 0;
	}
	r = batch->confirm ? batch->confirm(session, &names) : 0;
	if (r < 0)
		return r;
	return finish(session, (int)names.n, run_names(session, &names, batch, 0), batch);
}

int batch_main(const struct args *args, bool all, const struct batch *batch)
{
	cleanup_session struct session session = SESSION_INIT;
	int r;

	if (all == (args->argc > 0))
		return usage_error(all ? "--all takes no names"
				       : "which containers? give names, or --all");
	r = session_open(&session, batch->needs);
	if (r < 0)
		return r;
	return all ? run_all(&session, batch) : run_operands(&session, args, batch);
}
