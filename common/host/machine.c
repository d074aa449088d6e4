/* SPDX-License-Identifier: MIT */
#include "host/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

#define PRIVATE_SOCKET "/run/systemd/private"
/* A /proc/PID/cgroup has some fifteen lines. */
#define CGROUP_TEXT_MAX 65536
/* For a look-up in a file system of the container, which may be its own and not answer. */
#define LOOKUP_LIMIT USEC_PER_SEC

/* --- which process ------------------------------------------------------------------------ */

bool cgroup_is_of_unit(const char *text, const char *root, const char *unit)
{
	const char *line = text, *p;

	/* Beside the version 1 hierarchies the line of version 2 has this form too. */
	while (!(p = after_prefix(line, "0::"))) {
		line = strchr(line, '\n');
		if (!line)
			return false;
		line++;
	}
	p = after_prefix(p, root);
	/* Slices, then the unit: what a container calls its own cgroups comes after that. */
	while (p && *p == '/') {
		size_t n = strcspn(++p, "/\n");

		if (n == strlen(unit) && strncmp(p, unit, n) == 0)
			return true;
		if (n <= strlen(".slice") || strncmp(p + n - strlen(".slice"), ".slice", strlen(".slice")) != 0)
			return false;
		p += n;
	}
	return false;
}

/* The cgroup that the host's service manager has as its root. */
static int read_cgroup_root(char **ret)
{
	cleanup_free char *text = NULL;
	const char *line;
	size_t n;
	int r = read_file_at(AT_FDCWD, "/proc/1/cgroup", CGROUP_TEXT_MAX, &text);

	if (r < 0)
		return r;
	line = after_prefix(text, "0::");
	if (!line) {
		line = strstr(text, "\n0::");
		line = line ? line + strlen("\n0::") : "\n";
	}
	n = strcspn(line, "\n");
	if (n >= strlen("/init.scope") &&
	    strncmp(line + n - strlen("/init.scope"), "/init.scope", strlen("/init.scope")) == 0)
		n -= strlen("/init.scope");
	else if (n == 1)
		n = 0;
	*ret = xstrndup(line, n);
	return 0;
}

static int verify_unit(const struct machine *m)
{
	cleanup_free char *unit = xasprintf("sdme@%s.service", m->name);
	cleanup_free char *root = NULL, *text = NULL;
	int r = read_cgroup_root(&root);

	if (r >= 0)
		r = read_file_at(m->proc_fd, "cgroup", CGROUP_TEXT_MAX, &text);
	if (r < 0)
		return r;
	return cgroup_is_of_unit(text, root, unit) ? 0 : -ESRCH;
}

/* 1 if the two paths are one file. */
static int same_file(int fd, const char *path, const char *other)
{
	struct stat a, b;

	if (fstatat(fd, path, &a, 0) < 0 || stat(other, &b) < 0)
		return -errno;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int open_leader(struct machine *m)
{
	cleanup_free char *path = xasprintf("/proc/%d", (int)m->leader);
	int r;

	m->pidfd = pidfd_open(m->leader, 0);
	if (m->pidfd < 0)
		return -errno;
	m->proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->proc_fd < 0)
		return -errno;
	/* It is not reaped yet, so the directory is of the same process. */
	if (pidfd_send_signal(m->pidfd, 0, NULL, 0) < 0)
		return -errno;
	r = verify_unit(m);
	if (r < 0)
		return r;
	r = same_file(m->proc_fd, "ns/user", "/proc/self/ns/user");
	if (r < 0)
		return r;
	m->userns = r == 0;
	m->root_fd = openat(m->proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (m->root_fd < 0)
		return -errno;
	/* nspawn registers its child when that has its new root; should that ever change, this is
	 * not the container yet. */
	r = same_file(m->root_fd, ".", "/");
	return r > 0 ? -ESRCH : r;
}

int machine_open_leader(const char *name, pid_t leader, struct machine *ret)
{
	struct machine m = MACHINE_INIT;
	int r;

	m.name = xstrdup(name);
	m.leader = leader;
	r = open_leader(&m);
	if (r < 0) {
		machine_close(&m);
		/* All of these say in their own way that the process has ended. */
		return r == -ENOENT || r == -EINVAL || r == -EISDIR ? -ESRCH : r;
	}
	*ret = m;
	return 0;
}

int machine_open(sd_bus *system_bus, const char *name, struct machine *ret)
{
	cleanup_bus_error sd_bus_error error = SD_BUS_ERROR_NULL;
	cleanup_bus_message sd_bus_message *machine = NULL, *leader = NULL;
	const char *path;
	uint32_t pid = 0;
	int r = bus_call(system_bus, &bus_machined, "GetMachine", &error, &machine, "s", name);

	if (r >= 0)
		r = sd_bus_message_read(machine, "o", &path);
	if (r >= 0)
		r = sd_bus_get_property(system_bus, bus_machined.service, path,
					"org.freedesktop.machine1.Machine", "Leader", &error, &leader,
					"u");
	if (r >= 0)
		r = sd_bus_message_read(leader, "u", &pid);
	if (r < 0) {
		if (sd_bus_error_has_name(&error, "org.freedesktop.machine1.NoSuchMachine") ||
		    sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT))
			return -ESRCH;
		return r;
	}
	if (pid <= 1)
		return -ESRCH;
	return machine_open_leader(name, (pid_t)pid, ret);
}

void machine_close(struct machine *m)
{
	cleanup_free_p(&m->name);
	cleanup_close_p(&m->pidfd);
	cleanup_close_p(&m->proc_fd);
	cleanup_close_p(&m->root_fd);
	*m = (struct machine)MACHINE_INIT;
}

/* --- sockets ------------------------------------------------------------------------------ */

/* The service manager talks only to peers that have a pid in its own namespace and the uid 0 of its
 * own user namespace. So a child of ours goes there and connects. The container can see that child,
 * and its root may trace it; hence it takes nothing along: no descriptor but the socket, no
 * capability and no way to get one by exec, no host root directory. Not being dumpable keeps the
 * root of a user namespace off it altogether. */
static int become_guest(const struct machine *m)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (setns(m->pidfd, CLONE_NEWPID | CLONE_NEWNS | (m->userns ? CLONE_NEWUSER : 0)) < 0)
		return -errno;
	if (fchdir(m->root_fd) < 0 || chroot(".") < 0)
		return -errno;
	(void)setgroups(0, NULL);
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) < 0)
		return -errno;
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

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

/* Have inotify_fd tell when something appears where the service manager makes files: its socket
 * (systemd), those of a service that starts (units), and the socket of D-Bus. */
static void watch_runtime(int inotify_fd)
{
	static const char *const directories[] = { "/run", "/run/systemd", "/run/systemd/units", "/run/dbus" };

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		(void)inotify_add_watch(inotify_fd, directories[i],
					IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW);
}

/* In the first child; only its own child is in the container's pid namespace. */
static int connect_as_guest(const struct machine *m, const char *path, int inotify_fd, int sock)
{
	pid_t pid;
	int r = become_guest(m);

	if (r < 0)
		return r;
	if (inotify_fd >= 0)
		watch_runtime(inotify_fd);
	r = keep_only(sock);
	if (r < 0)
		return r;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		/* It ends with the one who waits for it, even in a look-up that does not. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(-connect_path(0, path));
	}
	return wait_exit(pid);
}

/* Connect to the Unix stream socket at path in the container, as its root user and from its pid
 * namespace, after watch_runtime() unless inotify_fd is -1. The descriptor is non-blocking. -ENOENT and
 * -ECONNREFUSED when nothing listens, -EAGAIN when its queue is full, -ETIMEDOUT when the container's
 * file systems do not answer. */
static int machine_connect(const struct machine *m, const char *path, int inotify_fd)
{
	cleanup_close int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	cleanup_close int pidfd = -1;
	usec_t deadline = now_usec() + LOOKUP_LIMIT;
	int r;
	pid_t pid;

	if (sock < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	/* The child shares the open socket: what it connects is connected here. */
	if (pid == 0)
		_exit(-connect_as_guest(m, path, inotify_fd, sock));
	pidfd = pidfd_open(pid, 0);
	if (pidfd >= 0) {
		struct pollfd p = { .fd = pidfd, .events = POLLIN };

		do
			r = poll(&p, 1, (int)(usec_until(deadline) / USEC_PER_MSEC));
		while (r < 0 && errno == EINTR);
		if (r == 0)
			kill(pid, SIGKILL);
	}
	r = wait_exit(pid);
	return r < 0 ? r : TAKE_FD(sock);
}

int machine_bus_watching(const struct machine *m, int inotify_fd, sd_bus **ret)
{
	cleanup_close int fd = machine_connect(m, PRIVATE_SOCKET, inotify_fd);
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (fd < 0)
		return fd;
	/* Who made the socket listen: nobody else's orders are to be given in its place. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return -errno;
	if (peer.pid != m->leader)
		return -EPERM;
	return bus_open_fd(TAKE_FD(fd), ret);
}

int machine_bus(const struct machine *m, sd_bus **ret)
{
	return machine_bus_watching(m, -1, ret);
}

int bus_prepare_poll(sd_bus *bus, struct pollfd *ret, usec_t *deadline)
{
	uint64_t at = UINT64_MAX;
	int fd = sd_bus_get_fd(bus), events = sd_bus_get_events(bus);
	int r = sd_bus_get_timeout(bus, &at);

	if (fd < 0 || events < 0 || r < 0)
		return fd < 0 ? fd : events < 0 ? events : r;
	*ret = (struct pollfd){ .fd = fd, .events = (short)events };
	/* 0 says "now"; for us it would say "never". */
	if (at != UINT64_MAX && (!*deadline || at < *deadline))
		*deadline = at ? at : 1;
	return 0;
}
