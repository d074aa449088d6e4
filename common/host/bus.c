/* SPDX-License-Identifier: MIT */
#include "host/bus.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/log.h"

/* As long as sd-bus waits for the answer to a call. */
#define ANSWER_WITHIN (25 * USEC_PER_SEC)

const struct bus_object bus_systemd = {
	"org.freedesktop.systemd1",
	"/org/freedesktop/systemd1",
	"org.freedesktop.systemd1.Manager",
};
const struct bus_object bus_machined = {
	"org.freedesktop.machine1",
	"/org/freedesktop/machine1",
	"org.freedesktop.machine1.Manager",
};

int bus_open_fd(int fd, sd_bus **ret)
{
	cleanup_bus sd_bus *bus = NULL;
	int r = lazy_load(&lazy_libsystemd);

	if (r >= 0)
		r = sd_bus_new(&bus);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_set_fd(bus, fd, fd);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_set_bus_client(bus, false);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}

int bus_open_systemd(sd_bus **ret)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/private" };
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return log_error_errno(-errno, "cannot connect to systemd");
	r = bus_open_fd(TAKE_FD(fd), ret);
	return r < 0 ? log_error_errno(r, "cannot talk to systemd") : 0;
}

int bus_call(sd_bus *bus, const struct bus_object *object, const char *member, sd_bus_error *error,
	     sd_bus_message **ret_reply, const char *types, ...)
{
	va_list ap;
	int r;

	va_start(ap, types);
	r = sd_bus_call_methodv(bus, object->service, object->path, object->interface, member, error,
				ret_reply, types, ap);
	va_end(ap);
	return r;
}

const char *bus_error_text(const sd_bus_error *error, int r)
{
	return error->message ? error->message : strerror(-r);
}

int bus_wait(sd_bus *bus, usec_t deadline, int (*done)(void *userdata), void *userdata)
{
	for (;;) {
		int r = done(userdata);

		if (r != 0)
			return r;
		if (interrupted())
			return -EINTR;
		r = sd_bus_process(bus, NULL);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		if (deadline && usec_until(deadline) == 0)
			return -ETIMEDOUT;
		r = sd_bus_wait(bus, deadline ? usec_until(deadline) : UINT64_MAX);
		if (r < 0 && r != -EINTR)
			return r;
	}
}

static int is_ready(void *bus)
{
	return sd_bus_is_ready(bus);
}

int bus_open_system(sd_bus **ret)
{
	cleanup_bus sd_bus *bus = NULL;
	int r = lazy_load(&lazy_libsystemd);

	if (r < 0)
		return r;
	/* What sd_booted(3) looks at. */
	if (access("/run/systemd/system/", F_OK) < 0)
		return log_error_code(-EHOSTDOWN, "this machine does not run systemd as its init (PID 1): containers cannot be started here");
	r = sd_bus_open_system(&bus);
	/* The first call would wait as well, but 90 s for a bus that takes connections and says nothing. */
	if (r >= 0)
		r = bus_wait(bus, now_usec() + ANSWER_WITHIN, is_ready, bus);
	if (r == -ETIMEDOUT)
		return log_error_code(r, "the system bus does not answer, is dbus.service stuck?");
	if (r < 0)
		return log_error_errno(r, "cannot connect to the system bus, is dbus.service running?");
	*ret = TAKE_PTR(bus);
	return 0;
}

void bus_done_p(sd_bus **bus)
{
	if (!*bus)
		return;
	/* No flush: it waits for a peer that does not answer, and every call has had its answer or
	 * nobody wants it any more. */
	sd_bus_close(*bus);
	*bus = sd_bus_unref(*bus);
}

void bus_message_done_p(sd_bus_message **m)
{
	if (*m)
		*m = sd_bus_message_unref(*m);
}

void bus_slot_done_p(sd_bus_slot **slot)
{
	if (*slot)
		*slot = sd_bus_slot_unref(*slot);
}

/* An error that nothing filled is left alone: the library may not be loaded. */
void bus_error_done(sd_bus_error *error)
{
	if (error->name)
		sd_bus_error_free(error);
}
