/* SPDX-License-Identifier: MIT */
#include "container/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/program.h"
#include "container/owner.h"
#include "container/rootfs.h"
#include "container/stop.h"
#include "container/unitfile.h"
#include "container/userns.h"
#include "host/ready.h"
#include "host/unit.h"

#define SYSTEMD_MIN 252

/* --- the host ----------------------------------------------------------------------------- */

static int check_version(sd_bus *bus)
{
	cleanup_bus_error sd_bus_error error = { 0 };
	cleanup_bus_message sd_bus_message *reply = NULL;
	const char *version = "";
	int r = sd_bus_get_property(bus, bus_systemd.service, bus_systemd.path, bus_systemd.interface,
				    "Version", &error, &reply, "s");

	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &version);
	if (r < 0)
		return log_error_code(r, "cannot ask systemd for its version: %s", bus_error_text(&error, r));
	/* "252.39-1~deb12u1", "v257": the first digits count. */
	version += strcspn(version, "0123456789");
	if (strtol(version, NULL, 10) < SYSTEMD_MIN)
		return log_error_code(-ENOTSUP, "systemd %d or later is needed, this host has '%s'", SYSTEMD_MIN, version);
	return 0;
}

int host_open(sd_bus **ret)
{
	cleanup_free char *nspawn = program_find("systemd-nspawn");
	cleanup_bus sd_bus *bus = NULL;
	int r;

	if (!nspawn)
		return log_error_code(-ENOENT, "systemd-nspawn not found; install it with: apt install systemd-container");
	r = bus_open_system(&bus);
	if (r >= 0)
		r = check_version(bus);
	if (r >= 0)
		r = unit_subscribe(bus);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}

/* --- when it goes wrong ------------------------------------------------------------------- */

/* What a container wrote on its console is anything. */
static void show_lines(const struct strbuf *text)
{
	const char *end = strbuf_str(text) + text->len;

	for (const char *line = strbuf_str(text), *next; line < end; line = next) {
		cleanup_strbuf struct strbuf safe = STRBUF_INIT;
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		cleanup_free char *raw = xstrndup(line, (size_t)((newline ? newline : end) - line));

		strbuf_add_escaped(&safe, raw);
		fprintf(stderr, "%s\n", strbuf_str(&safe));
		next = newline ? newline + 1 : end;
	}
}

/* What systemd and the container wrote since the beginning of this start, in microseconds of the wall clock.
 * Not by the id of the invocation: systemd forgets that with a unit that ended in order, and what journald
 * reads after the end has none. */
static void show_journal(const char *unit, usec_t begin)
{
	cleanup_free char *of_container = xasprintf("_SYSTEMD_UNIT=%s", unit);
	cleanup_free char *of_systemd = xasprintf("UNIT=%s", unit);
	cleanup_free char *since = xasprintf("--since=@%llu.%06llu", (unsigned long long)(begin / USEC_PER_SEC),
					     (unsigned long long)(begin % USEC_PER_SEC));
	char *sync[] = { (char[]){ "journalctl" }, (char[]){ "--quiet" }, (char[]){ "--sync" }, NULL };
	char *argv[] = { (char[]){ "journalctl" }, (char[]){ "--quiet" }, (char[]){ "--no-pager" },
			 (char[]){ "--lines=30" }, (char[]){ "--output=cat" }, since, of_container,
			 (char[]){ "+" }, of_systemd, NULL };
	cleanup_strbuf struct strbuf output = STRBUF_INIT;

	/* journald may not have read yet what was written last, which is the reason. */
	if (program_run(sync, &output) != 0)
		log_debug("journalctl --sync failed: %s", strbuf_str(&output));
	strbuf_clear(&output);
	log_notice("--- the last lines of its journal:");
	if (program_run(argv, &output) != 0)
		log_notice("(journalctl could not show them)");
	show_lines(&output);
	log_notice("---");
}

static usec_t wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (usec_t)t.tv_sec * USEC_PER_SEC + (usec_t)t.tv_nsec / 1000;
}

/* It ended, or never began: make sure that nothing of it runs, and tell why. */
static int failed(const struct store *s, sd_bus *bus, const char *name, usec_t begin, const char *what)
{
	cleanup_free char *unit = container_unit(name);

	(void)container_ensure_stopped(s, bus, name, STOP_KILL);
	show_journal(unit, begin);
	return log_error_code(-EIO, "container '%s' %s", name, what);
}

static int was_interrupted(const struct store *s, sd_bus *bus, const char *name)
{
	/* The stop has waits of its own, which must not see the old interrupt. */
	int signo = interrupt_save();

	log_notice("stopping '%s' again", name);
	(void)container_ensure_stopped(s, bus, name, STOP_KILL);
	interrupt_restore(signo);
	return -EINTR;
}

static int still_starting(const char *name, uint64_t timeout_sec)
{
	return log_error_code(-ETIMEDOUT, "container '%s' is still starting after %llu seconds; look at 'sdme logs %s', or wait longer with: sdme start --timeout SECS %s",
			      name, (unsigned long long)timeout_sec, name, name);
}

/* --- the start ---------------------------------------------------------------------------- */

static int check_parts(const struct store *s, const struct container *c)
{
	if (!exists_at(s->containers_fd, c->name))
		return log_error_code(-ENOENT, "the directory of container '%s' is missing (%s/containers/%s); remove it with: sdme rm %s",
				      c->name, s->config.datadir, c->name, c->name);
	if (!container_is_host_clone(c) && !exists_at(s->fs_fd, c->rootfs))
		return log_error_code(-ENOENT, "the root filesystem '%s' of container '%s' is missing", c->rootfs, c->name);
	return c->userns ? userns_check(s, c) : 0;
}

/* Silent about what start_and_wait() knows better words for; logs the rest. */
static int wait_ready(sd_bus *bus, const char *name, usec_t deadline)
{
	cleanup_machine struct machine machine = MACHINE_INIT;
	int r = machine_open(bus, name, &machine);

	if (r >= 0) {
		log_debug("it runs as process %d, waiting for its basic.target", (int)machine.leader);
		r = machine_wait_ready(&machine, deadline);
	}
	if (r >= 0 || r == -ESRCH || r == -EUCLEAN || r == -ETIMEDOUT || r == -EINTR)
		return r;
	log_error_errno(r, "cannot tell whether container '%s' has booted", name);
	if (r == -EMFILE)
		log_notice("many containers need more inotify instances than Linux gives a user: raise fs.inotify.max_user_instances with sysctl");
	return r;
}

static int tell_if_running(sd_bus *bus, const char *name)
{
	cleanup_free char *unit = container_unit(name);
	enum unit_state state;
	int r = unit_get_state(bus, unit, &state);

	if (r >= 0 && state == UNIT_ACTIVE)
		log_notice("container '%s' is running already", name);
	return r;
}

static int start_and_wait(const struct store *s, sd_bus *bus, const char *name, uint64_t timeout_sec)
{
	cleanup_free char *unit = container_unit(name);
	usec_t deadline = now_usec() + timeout_sec * USEC_PER_SEC, begin = wall_clock();
	int r;

	/* systemd counts starts to break loops of restarts; one that a person asks for is none. */
	unit_reset_failed(bus, unit);
	log_debug("starting the unit '%s'", unit);
	r = unit_start(bus, unit, deadline);
	if (r == 0)
		r = wait_ready(bus, name, deadline);
	switch (r) {
	case -EINTR:
		return was_interrupted(s, bus, name);
	case -ETIMEDOUT:
		return still_starting(name, timeout_sec);
	case -ECANCELED:
		return failed(s, bus, name, begin, "could not be started");
	case -ESRCH:
		return failed(s, bus, name, begin, "ended while it booted");
	case -EUCLEAN:
		return failed(s, bus, name, begin, "did not get beyond emergency mode");
	default:
		return r;
	}
}

int container_start(const struct store *s, sd_bus *bus, const char *name, uint64_t timeout_sec)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_close int lock = store_lock(s, "containers", name, LOCK_MODE_SHARED);
	int r;

	if (lock < 0)
		return lock;
	r = container_load(s, name, &c);
	if (r >= 0)
		r = check_parts(s, &c);
	if (r >= 0)
		r = owner_claim(s, bus, name);
	if (r >= 0)
		r = unitfile_ensure_template(bus);
	if (r >= 0)
		r = unitfile_ensure_drop_in(bus, s, &c);
	if (r >= 0)
		r = tell_if_running(bus, name);
	if (r < 0)
		return r;
	r = start_and_wait(s, bus, name, timeout_sec ? timeout_sec : s->config.boot_timeout);
	return r < 0 ? r : owner_claim(s, bus, name); /* another start may have been faster */
}
