/* SPDX-License-Identifier: MIT */
#include "host/managerbus.h"

#include <errno.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PRIVATE_SOCKET "/run/systemd/private"

/* The service manager talks only to peers that have a pid in its own namespace and the uid 0 of its
 * own user namespace. So a guest's child connects. The container can see that child, and its root may
 * trace it; hence it takes nothing along, no descriptor but the socket. Not being dumpable keeps the root
 * of a user namespace off it altogether. */

/* The socket's own descriptor becomes 0, and all others go. */
static int keep_only(int fd)
{
	if (dup2(fd, 0) < 0)
		return -errno;
	return syscall(SYS_close_range, 1U, ~0U, 0U) < 0 ? -errno : 0;
}

static int connect_path(int sock, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

static int wait_exit(pid_t pid)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return info.si_code == CLD_EXITED ? -info.si_status : -ETIMEDOUT;
}

static void watch(int inotify_fd, const char *directory)
{
	(void)inotify_add_watch(inotify_fd, directory,
				IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW);
}

/* Have inotify_fd tell when something appears where the service manager makes files: its socket
 * (systemd), and those of a service that starts (units). */
static void watch_runtime(int inotify_fd)
{
	watch(inotify_fd, "/run");
	watch(inotify_fd, "/run/systemd");
	watch(inotify_fd, "/run/systemd/units");
}

static int connect_as_guest(attr_unused const struct machine *m, void *userdata)
{
	const struct managerbus *c = userdata;
	pid_t pid;
	int r;

	if (c->inotify_fd >= 0)
		watch_runtime(c->inotify_fd);
	r = keep_only(c->sock);
	if (r < 0)
		return r;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		/* It ends with the one who waits for it, even in a look-up that does not. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(-connect_path(0, PRIVATE_SOCKET));
	}
	return wait_exit(pid);
}

static int watch_dbus(attr_unused const struct machine *m, void *userdata)
{
	const int *inotify_fd = userdata;

	if (*inotify_fd >= 0) {
		watch(*inotify_fd, "/run");
		watch(*inotify_fd, "/run/" MANAGERBUS_DBUS_DIR);
	}
	return access("/run/" MANAGERBUS_DBUS_DIR "/" MANAGERBUS_DBUS_SOCKET, F_OK) < 0 ? -errno : 0;
}

int managerbus_watch_dbus(const struct machine *m, int inotify_fd)
{
	return guest_run(m, watch_dbus, &inotify_fd);
}

int managerbus_begin(const struct machine *m, int inotify_fd, struct managerbus *ret)
{
	int r;

	*ret = (struct managerbus){ .machine = m, .inotify_fd = inotify_fd, .guest = GUEST_INIT };
	ret->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ret->sock < 0)
		return -errno;
	/* The child shares the open socket: what it connects is connected here. */
	r = guest_start(m, connect_as_guest, ret, &ret->guest);
	if (r < 0)
		managerbus_cancel(ret);
	return r;
}

int managerbus_finish(struct managerbus *c, sd_bus **ret)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);
	int r = guest_finish(&c->guest);

	/* Who made the socket listen: nobody else's orders are to be given in its place. */
	if (r >= 0 && getsockopt(c->sock, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		r = -errno;
	if (r >= 0 && peer.pid != c->machine->leader)
		r = -EPERM;
	if (r >= 0)
		r = bus_open_fd(TAKE_FD(c->sock), ret);
	managerbus_cancel(c);
	return r;
}

void managerbus_cancel(struct managerbus *c)
{
	guest_kill(&c->guest);
	cleanup_close_p(&c->sock);
	c->sock = -1;
}

int managerbus_open(const struct machine *m, int inotify_fd, sd_bus **ret)
{
	struct managerbus c;
	int r = managerbus_begin(m, inotify_fd, &c);

	return r < 0 ? r : managerbus_finish(&c, ret);
}
