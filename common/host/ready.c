/* SPDX-License-Identifier: MIT */
#include "host/ready.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "host/managerbus.h"

/* A manager sends every change of every unit to whoever is connected to its private socket, which made a
 * boot a tenth slower, and each connection costs it time. So we watch for the socket of D-Bus, which is made
 * when basic.target is near, and only then connect, and stay. There may be none: so now and then we look
 * anyway, and leave. */
#define LOOK_ANYWAY (250 * USEC_PER_MSEC)
#define PAUSE_MAX (100 * USEC_PER_MSEC)
#define PAUSE_MIN (10 * USEC_PER_MSEC)
/* Of events at a time. */
#define READS_MAX 64
/* The first pause of who only wants to connect; each is twice the one before. */
#define BUS_PAUSE_MIN (2 * USEC_PER_MSEC)

/* --- what happens in the container -------------------------------------------------------- */

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

/* Wait until something happens in the watched directories, or for the pause. 0, -ESRCH, -EINTR, or
 * -ETIMEDOUT at the deadline (0: none). */
static int wait_event(const struct machine *m, int inotify_fd, usec_t pause, usec_t deadline)
{
	struct pollfd fds[2] = { [1] = { .fd = inotify_fd, .events = POLLIN } };
	char events[4096];
	int r;

	if (deadline && usec_until(deadline) == 0)
		return -ETIMEDOUT;
	r = wait_with_leader(m, fds, earlier(deadline, now_usec() + pause));
	while (read(inotify_fd, events, sizeof(events)) > 0)
		;
	return r == -ETIMEDOUT ? 0 : r;
}

/* Or not there any more, as while it executes itself anew, or in a file system that does not answer. */
static bool is_not_there_yet(int r)
{
	return r == -ENOENT || r == -ECONNREFUSED || r == -EAGAIN || r == -ECONNRESET ||
	       r == -ENOTCONN || r == -EPIPE || r == -ETIMEDOUT;
}

/* Let the pause pass, whatever happens in the container: it could make events without an end. */
static int keep_distance(const struct machine *m, usec_t until, usec_t deadline)
{
	int r = wait_with_leader(m, (struct pollfd[2]){ [1] = { .fd = -1 } },
				 earlier(deadline, until));

	return r == -ETIMEDOUT && (!deadline || usec_until(deadline) > 0) ? 0 : r;
}

int machine_wait_bus(const struct machine *m, usec_t deadline, sd_bus **ret)
{
	cleanup_close int inotify_fd = -1;
	usec_t pause = BUS_PAUSE_MIN;
	int r;

	for (;;) {
		usec_t begin = now_usec();

		r = managerbus_open(m, inotify_fd, ret);
		if (!is_not_there_yet(r))
			return r;
		if (inotify_fd < 0) {
			inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
			if (inotify_fd < 0)
				return -errno;
			continue;
		}
		/* A socket that is bound and not yet listening, and something mounted over a
		 * directory, are the things that no event tells. */
		r = wait_event(m, inotify_fd, r == -ENOENT ? USEC_PER_SEC : pause, deadline);
		if (r >= 0)
			r = keep_distance(m, begin + pause, deadline);
		if (r < 0)
			return r;
		pause = pause * 2 < PAUSE_MAX ? pause * 2 : PAUSE_MAX;
	}
}

/* --- one look ----------------------------------------------------------------------------- */

struct look {
	sd_bus *bus;
	int *inotify_fd;
	int result;   /* 1: ready; negative: never will be */
	bool is_near; /* local-fs.target is active: what is left before basic.target takes moments */
	bool is_answered;
};

#define UNIT_PATH "/org/freedesktop/systemd1/unit/"

static int get_property(struct look *look, const char *path, const char *interface,
			const char *property, sd_bus_message_handler_t handler)
{
	return sd_bus_call_method_async(look->bus, NULL, bus_systemd.service, path,
					"org.freedesktop.DBus.Properties", "Get", handler, look,
					"ss", interface, property);
}

static int get_unit_state(struct look *look, const char *path, sd_bus_message_handler_t handler)
{
	return get_property(look, path, "org.freedesktop.systemd1.Unit", "ActiveState", handler);
}

/* An error of the manager's is no reason to give up: the next look will tell. The end of the connection
 * is noticed by whoever waits. */
static const char *read_state(sd_bus_message *reply)
{
	const char *state;

	if (sd_bus_message_is_method_error(reply, NULL) ||
	    sd_bus_message_read(reply, "v", "s", &state) < 0)
		return "";
	return state;
}

static int on_local_fs(sd_bus_message *reply, void *userdata, attr_unused sd_bus_error *error)
{
	struct look *look = userdata;

	look->is_near = streq(read_state(reply), "active");
	/* The kernel takes its time to close one, so that is done while there is time. */
	if (look->is_near) {
		cleanup_close_p(look->inotify_fd);
		*look->inotify_fd = -1;
	}
	return 0;
}

static int on_basic(sd_bus_message *reply, void *userdata, attr_unused sd_bus_error *error)
{
	struct look *look = userdata;

	if (streq(read_state(reply), "active"))
		look->result = 1;
	return 0;
}

/* basic.target may have failed before we came: then no more is to be waited for once the manager has
 * done all that its boot was to do. */
static int on_system_state(sd_bus_message *reply, void *userdata, attr_unused sd_bus_error *error)
{
	struct look *look = userdata;
	const char *state = read_state(reply);

	look->is_answered = true;
	if (look->result != 0)
		return 0;
	if (streq(state, "running")) /* its default.target wants no basic.target */
		look->result = 1;
	else if (streq(state, "degraded") || streq(state, "maintenance"))
		look->result = -EUCLEAN;
	return 0;
}

static int ask_system_state(struct look *look)
{
	return get_property(look, bus_systemd.path, bus_systemd.interface, "SystemState",
			    on_system_state);
}

static int on_job_removed(sd_bus_message *signal_, void *userdata, attr_unused sd_bus_error *error)
{
	struct look *look = userdata;
	const char *job, *unit, *result;
	uint32_t id;

	if (sd_bus_message_read(signal_, "uoss", &id, &job, &unit, &result) >= 0 &&
	    streq(unit, "basic.target"))
		look->result = streq(result, "done") ? 1 : -EUCLEAN;
	return 0;
}

static int on_finished(attr_unused sd_bus_message *signal_, void *userdata,
		       attr_unused sd_bus_error *error)
{
	return ask_system_state(userdata);
}

/* Signals are caught from before the questions on, so no answer can be missed. */
static int ask(struct look *look)
{
	int r = sd_bus_match_signal(look->bus, NULL, NULL, bus_systemd.path, bus_systemd.interface,
				    "JobRemoved", on_job_removed, look);

	if (r >= 0)
		r = sd_bus_match_signal(look->bus, NULL, NULL, bus_systemd.path,
					bus_systemd.interface, "StartupFinished", on_finished,
					look);
	if (r >= 0)
		r = get_unit_state(look, UNIT_PATH "local_2dfs_2etarget", on_local_fs);
	if (r >= 0)
		r = get_unit_state(look, UNIT_PATH "basic_2etarget", on_basic);
	return r < 0 ? r : ask_system_state(look);
}

static int wait_result(const struct machine *m, const struct look *look, usec_t deadline)
{
	int r = 0;

	while (r >= 0 && look->result == 0 && (look->is_near || !look->is_answered)) {
		struct pollfd fds[2];
		usec_t until = deadline;

		r = sd_bus_process(look->bus, NULL);
		/* Looked at for each message: a manager that never stops talking must not hold us. */
		if (r >= 0 && (interrupted() || (deadline && usec_until(deadline) == 0)))
			r = interrupted() ? -EINTR : -ETIMEDOUT;
		if (r != 0)
			continue;
		r = bus_prepare_poll(look->bus, &fds[1], &until);
		if (r >= 0)
			r = wait_with_leader(m, fds, until);
		if (r == -ETIMEDOUT && (!deadline || usec_until(deadline) > 0))
			r = 0;
	}
	return r < 0 ? r : look->result;
}

/* 1: ready; 0: not yet; -EUCLEAN: never will be; or as managerbus_open(). */
static int look_once(const struct machine *m, int *inotify_fd, usec_t deadline)
{
	cleanup_bus sd_bus *bus = NULL;
	struct look look = { .inotify_fd = inotify_fd };
	int r = managerbus_open(m, *inotify_fd, &bus);

	look.bus = bus;
	if (r >= 0)
		r = ask(&look);
	return r < 0 ? r : wait_result(m, &look, deadline);
}

/* --- until it is ready -------------------------------------------------------------------- */

static bool has_ended(const struct machine *m)
{
	struct pollfd p = { .fd = m->pidfd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Whatever went wrong, that the leader has ended is the reason. */
static int explain(const struct machine *m, int r)
{
	return r < 0 && r != -EINTR && r != -ETIMEDOUT && has_ended(m) ? -ESRCH : r;
}

/* Whether one of the events is of the names that managerbus_watch_dbus() waits for. Takes what is there, but
 * the container could make more without an end. */
static bool is_dbus_event(int inotify_fd)
{
	union {
		struct inotify_event event;
		char bytes[4096];
	} buffer;
	bool found = false;
	ssize_t n;

	for (int i = 0; i < READS_MAX && (n = read(inotify_fd, &buffer, sizeof(buffer))) > 0; i++) {
		const char *at = buffer.bytes;

		while (at < buffer.bytes + n) {
			const struct inotify_event *e = (const void *)at;

			found = found || (e->len > 0 && (streq(e->name, MANAGERBUS_DBUS_DIR) ||
							 streq(e->name, MANAGERBUS_DBUS_SOCKET)));
			at += sizeof(*e) + e->len;
		}
	}
	return found;
}

/* Until D-Bus shows, or until then. 0, -ESRCH, -EINTR. */
static int wait_dbus(const struct machine *m, int inotify_fd, usec_t until)
{
	int r = 0;

	while (r == 0 && usec_until(until) > 0) {
		struct pollfd fds[2] = { [1] = { .fd = inotify_fd, .events = POLLIN } };

		r = wait_with_leader(m, fds, until);
		if (r == 0 && is_dbus_event(inotify_fd))
			break;
		if (r == 0)
			r = keep_distance(m, now_usec() + PAUSE_MIN, until);
	}
	return r == -ETIMEDOUT ? 0 : r;
}

int machine_wait_ready(const struct machine *m, usec_t deadline)
{
	cleanup_close int inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int r = inotify_fd < 0 ? -errno : 0;
	usec_t look = now_usec() + LOOK_ANYWAY;

	while (r >= 0) {
		usec_t begin = now_usec();
		bool is_near = managerbus_watch_dbus(m, inotify_fd) >= 0;

		if (is_near || now_usec() >= look) {
			r = look_once(m, &inotify_fd, deadline);
			if (r != 0 && !is_not_there_yet(r))
				break;
			look = now_usec() + LOOK_ANYWAY;
		}
		if (deadline && usec_until(deadline) == 0)
			r = -ETIMEDOUT;
		else
			r = is_near ? 0 : wait_dbus(m, inotify_fd, earlier(deadline, look));
		if (r >= 0)
			r = keep_distance(m, begin + PAUSE_MIN, deadline);
	}
	return r < 0 ? explain(m, r) : 0;
}
