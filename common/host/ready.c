/* SPDX-License-Identifier: MIT */
#include "host/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"

/* Watch the directories on the way to the socket, those that are there. */
static void watch_directories(const struct machine *m, int inotify_fd)
{
	static const char *const paths[] = { "run", "run/systemd" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_close int fd = open_in_root(m->root_fd, paths[i], O_PATH | O_DIRECTORY, 0);

		if (fd >= 0)
			(void)inotify_add_watch(inotify_fd, fd_path(fd).path,
						IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	}
}

/* Wait for the leader's end (-ESRCH), for what fds[1] is set to, or until the deadline. */
static int wait_with_leader(const struct machine *m, struct pollfd fds[2], usec_t deadline)
{
	int r;

	fds[0] = (struct pollfd){ .fd = m->pidfd, .events = POLLIN };
	r = interrupt_poll(fds, 2, deadline);
	if (r < 0)
		return r;
	return fds[0].revents ? -ESRCH : 0;
}

static usec_t earlier(usec_t a, usec_t b)
{
	return a && a < b ? a : b;
}

int machine_wait_bus(const struct machine *m, usec_t deadline, sd_bus **ret)
{
	cleanup_close int inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (inotify_fd < 0)
		return -errno;
	for (;;) {
		struct pollfd fds[2] = { [1] = { .fd = inotify_fd, .events = POLLIN } };
		char events[4096];
		usec_t pause;
		int r;

		watch_directories(m, inotify_fd);
		r = machine_bus(m, ret);
		if (r != -ENOENT && r != -ECONNREFUSED && r != -EAGAIN)
			return r;
		if (deadline && usec_until(deadline) == 0)
			return -ETIMEDOUT;
		/* A socket that is bound and not yet listening, and something mounted over a
		 * directory, are the things that no event tells. */
		pause = r == -ENOENT ? USEC_PER_SEC : 2 * USEC_PER_MSEC;
		r = wait_with_leader(m, fds, earlier(deadline, now_usec() + pause));
		if (r < 0 && r != -ETIMEDOUT)
			return r;
		while (read(inotify_fd, events, sizeof(events)) > 0)
			;
	}
}

struct readiness {
	sd_bus *bus;
	int result; /* 1: ready; negative: never will be */
};

static int get_property(struct readiness *ready, const char *path, const char *interface,
			const char *property, sd_bus_message_handler_t handler)
{
	return sd_bus_call_method_async(ready->bus, NULL, bus_systemd.service, path,
					"org.freedesktop.DBus.Properties", "Get", handler, ready, "ss",
					interface, property);
}

static int on_state(sd_bus_message *reply, void *userdata, attr_unused sd_bus_error *error)
{
	struct readiness *ready = userdata;
	const sd_bus_error *failure = sd_bus_message_get_error(reply);
	const char *state = "";
	int r;

	/* An error of the manager's here is no reason to give up: its signal will come. The end of
	 * the connection is noticed by whoever waits. */
	if (failure)
		return 0;
	r = sd_bus_message_read(reply, "v", "s", &state);
	if (r < 0)
		ready->result = r;
	else if (streq(state, "active"))
		ready->result = 1;
	return 0;
}

static int on_job_removed(sd_bus_message *signal_, void *userdata, attr_unused sd_bus_error *error)
{
	struct readiness *ready = userdata;
	const char *job, *unit, *result;
	uint32_t id;
	int r = sd_bus_message_read(signal_, "uoss", &id, &job, &unit, &result);

	if (r < 0)
		ready->result = r;
	else if (streq(unit, "basic.target"))
		ready->result = streq(result, "done") ? 1 : -EUCLEAN;
	return 0;
}

/* basic.target may have failed before we came: then no more is to be waited for once the manager has
 * done all that its boot was to do. */
static int on_system_state(sd_bus_message *reply, void *userdata, attr_unused sd_bus_error *error)
{
	struct readiness *ready = userdata;
	const char *state;

	if (ready->result != 0 || sd_bus_message_is_method_error(reply, NULL) ||
	    sd_bus_message_read(reply, "v", "s", &state) < 0)
		return 0;
	if (streq(state, "running")) /* its default.target wants no basic.target */
		ready->result = 1;
	else if (streq(state, "degraded") || streq(state, "maintenance"))
		ready->result = -EUCLEAN;
	return 0;
}

static int on_finished(attr_unused sd_bus_message *signal_, void *userdata, attr_unused sd_bus_error *error)
{
	return get_property(userdata, bus_systemd.path, bus_systemd.interface, "SystemState", on_system_state);
}

/* Signals are caught from before the questions on, so no answer can be missed. */
static int ask(struct readiness *ready)
{
	int r = sd_bus_match_signal(ready->bus, NULL, NULL, bus_systemd.path, bus_systemd.interface,
				    "JobRemoved", on_job_removed, ready);

	if (r >= 0)
		r = sd_bus_match_signal(ready->bus, NULL, NULL, bus_systemd.path, bus_systemd.interface,
					"StartupFinished", on_finished, ready);
	if (r >= 0)
		r = get_property(ready, "/org/freedesktop/systemd1/unit/basic_2etarget",
				 "org.freedesktop.systemd1.Unit", "ActiveState", on_state);
	return r < 0 ? r : on_finished(NULL, ready, NULL);
}

static bool has_ended(const struct machine *m)
{
	struct pollfd p = { .fd = m->pidfd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

int machine_wait_ready(const struct machine *m, usec_t deadline)
{
	cleanup_bus sd_bus *bus = NULL;
	struct readiness ready = { 0 };
	int r = machine_wait_bus(m, deadline, &bus);

	ready.bus = bus;
	if (r >= 0)
		r = ask(&ready);
	while (r >= 0 && ready.result == 0) {
		struct pollfd fds[2];
		usec_t until = deadline;

		r = sd_bus_process(bus, NULL);
		/* Looked at for each message: a manager that never stops talking must not hold us. */
		if (r >= 0 && (interrupted() || (deadline && usec_until(deadline) == 0)))
			r = interrupted() ? -EINTR : -ETIMEDOUT;
		if (r != 0)
			continue;
		r = bus_prepare_poll(bus, &fds[1], &until);
		if (r >= 0)
			r = wait_with_leader(m, fds, until);
		if (r == -ETIMEDOUT && (!deadline || usec_until(deadline) > 0))
			r = 0;
	}
	/* The end of the manager breaks the connection a little before the leader is seen to be gone;
	 * and whatever else went wrong, that the leader has ended is the reason. */
	if (r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE)
		return -ESRCH;
	if (r < 0 && r != -EINTR && r != -ETIMEDOUT && has_ended(m))
		return -ESRCH;
	return r < 0 ? r : ready.result < 0 ? ready.result : 0;
}
