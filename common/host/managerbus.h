/* SPDX-License-Identifier: MIT */
/* managerbus: a connection to the service manager of a container, over its private socket.
 *
 * It needs no Hello and gets every signal without AddMatch. What listens there is verified to be the
 * container's leader. Nothing waits for the manager: the first call does. Silent.
 *
 * To ask many containers at once: managerbus_begin() for each, and poll guest.pidfd until it is readable or
 * guest.deadline has come, then managerbus_finish(); calls with sd_bus_call_method_async(), one poll(2) over
 * bus_prepare_poll() of all of them, and sd_bus_process() for those that have something. */
#pragma once

#include "host/guest.h"

/* One that is being made. It must stay where it is, and its machine too. */
struct managerbus {
	const struct machine *machine;
	int sock, inotify_fd;
	struct guest guest; /* pid is 0 when there is none */
};
#define MANAGERBUS_INIT { .sock = -1, .inotify_fd = -1, .guest = GUEST_INIT }

/* inotify_fd (-1: none) tells from before the attempt on when files appear that a booting manager makes: its
 * socket is one of them, and each service that starts makes one. Watching goes through the container's
 * paths, so it is done where a file system that does not answer cannot hold us. */
int managerbus_begin(const struct machine *m, int inotify_fd, struct managerbus *ret);
/* Waits, until guest.deadline at most. -ENOENT and -ECONNREFUSED when nothing listens, -EAGAIN when its queue
 * is full, -EPERM when somebody else than the leader listens there, -ETIMEDOUT when the container's file
 * systems do not answer, -EINTR. In any case nothing is left of the attempt. */
int managerbus_finish(struct managerbus *b, sd_bus **ret);
void managerbus_cancel(struct managerbus *b);
/* Begin and finish. */
int managerbus_open(const struct machine *m, int inotify_fd, sd_bus **ret);

/* 0 when the socket of D-Bus is there: sockets.target, which wants it, is all but reached then, and
 * basic.target comes next (bootup(7)). Else -ENOENT, or as managerbus_finish(), and inotify_fd tells when
 * something of these names appears. */
#define MANAGERBUS_DBUS_DIR "dbus"
#define MANAGERBUS_DBUS_SOCKET "system_bus_socket"
int managerbus_watch_dbus(const struct machine *m, int inotify_fd);
