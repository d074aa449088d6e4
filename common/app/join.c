/* SPDX-License-Identifier: MIT */
#include "app/join.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/foreground.h"
#include "app/forward.h"
#include "app/mounts.h"
#include "app/privileges.h"
#include "app/runtime.h"
#include "app/supervise.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"

/* Of /proc/PID/cgroup: some hierarchies have a line each, and long names. */
#define CGROUP_MAX (256 * 1024)

/* --- the cgroup --------------------------------------------------------------------------- */

/* Move this process into the cgroup that path is in the hierarchy at top: 1. */
static int enter_cgroup(const char *top, const char *path)
{
	cleanup_free char *file = xasprintf("%s%s/cgroup.procs", top, path);
	cleanup_close int fd = open(file, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	int r = fd < 0 ? -errno : write_all(fd, "0", 1);

	return r < 0 ? r : 1;
}

/* ID:CONTROLLERS:PATH, cgroups(7). Those that systemd makes are that of version 2, and that of version 1
 * which is called name=systemd, where there is one. */
static int enter_cgroup_of_line(const char *line)
{
	const char *path = after_prefix(line, "0::");

	if (path) {
		int r = enter_cgroup("/sys/fs/cgroup/unified", path);

		return r == -ENOENT ? enter_cgroup("/sys/fs/cgroup", path) : r;
	}
	path = strchr(line, ':');
	path = path ? after_prefix(path, ":name=systemd:") : NULL;
	return path ? enter_cgroup("/sys/fs/cgroup/systemd", path) : 0;
}

/* Not all of a container's hierarchies can be written to; it is in one of them at least. */
static int enter_cgroups(const char *text)
{
	cleanup_strv struct strv lines = STRV_INIT;
	bool entered = false;
	int failed = 0;

	strv_split(&lines, text, '\n');
	STRV_FOREACH(line, &lines) {
		int r = enter_cgroup_of_line(line);

		entered = entered || r > 0;
		failed = r < 0 ? r : failed;
	}
	return entered ? 0 : failed;
}

/* --- in the new process ------------------------------------------------------------------- */

struct join {
	const struct launch *launch;
	int pidfd;     /* of process 1 of the application */
	int others;    /* the namespaces that it has and we have not, besides those that each has */
	char *cgroups; /* what /proc/PID/cgroup says of it */
	int alive_fd;  /* the end of a pipe whose other end our parent has */
};

static int enter(const struct join *j)
{
	const struct launch *l = j->launch;
	int r = enter_cgroups(j->cgroups);

	if (r < 0)
		return log_error_errno(r, "cannot enter the cgroup of application '%s'", l->name);
	if (setns(j->pidfd, CLONE_NEWNS | CLONE_NEWIPC | j->others) < 0)
		return log_error_errno(-errno, "cannot enter the namespaces of application '%s'", l->name);
	r = mounts_chdir(l, false);
	return r < 0 ? r : privileges_confine(l);
}

static void attr_noreturn run_command(const struct join *j)
{
	const struct launch *l = j->launch;
	struct pollfd alive = { .fd = j->alive_fd };
	int r;

	if (enter(j) < 0)
		_exit(LAUNCH_FAILED);
	r = privileges_become(&l->user);
	/* Only now, as a change of the user undoes it. The parent may have died before. */
	if (r >= 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		r = -errno;
	if (r >= 0 && poll(&alive, 1, 0) == 0)
		r = launch_settle(l);
	if (r < 0) {
		log_error_errno(r, "application '%s': cannot become its user", l->name);
		_exit(LAUNCH_FAILED);
	}
	_exit(launch_exec(l));
}

/* --- in the parent ------------------------------------------------------------------------ */

static bool is_same_namespace(pid_t pid, const char *kind)
{
	cleanup_free char *ours = xasprintf("/proc/self/ns/%s", kind);
	cleanup_free char *theirs = xasprintf("/proc/%d/ns/%s", (int)pid, kind);
	struct stat a, b;

	return stat(ours, &a) == 0 && stat(theirs, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* One that is the host's cannot be entered from a user namespace, and need not. */
static int other_namespaces(pid_t init)
{
	return (is_same_namespace(init, "net") ? 0 : CLONE_NEWNET) |
	       (is_same_namespace(init, "uts") ? 0 : CLONE_NEWUTS);
}

static int start(struct join *j, int *ret_parents_end)
{
	int ends[2];
	pid_t pid;

	/* In the PID namespace others can see the new process before it has given anything up. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setns(j->pidfd, CLONE_NEWPID) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return log_error_errno(-errno, "cannot enter the namespaces of application '%s'", j->launch->name);
	j->alive_fd = ends[1];
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run_command(j);
	}
	if (pid < 0)
		log_error_errno(-errno, "application '%s': cannot start a process", j->launch->name);
	close(ends[1]);
	*ret_parents_end = ends[0];
	return pid < 0 ? -1 : pid;
}

static void read_signals(int signal_fd, pid_t pid, bool terminal)
{
	struct signalfd_siginfo infos[16];
	ssize_t n = read(signal_fd, infos, sizeof(infos));

	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(infos[0]); i++) {
		if (infos[i].ssi_signo == SIGCONT && terminal)
			kill(-pid, SIGCONT);
		else if (infos[i].ssi_signo != SIGCHLD)
			forward_signal(&infos[i], pid);
	}
}

/* Until it has ended: its exit status. */
static int watch(pid_t pid, int signal_fd, const struct foreground *foreground)
{
	int flags = WEXITED | WNOHANG | (foreground->is_ours ? WSTOPPED : 0);

	for (;;) {
		struct pollfd p = { .fd = signal_fd, .events = POLLIN };
		siginfo_t info = { 0 };

		if (poll(&p, 1, -1) > 0)
			read_signals(signal_fd, pid, foreground->is_ours);
		if (waitid(P_PID, (id_t)pid, &info, flags) < 0 || info.si_pid == 0)
			continue;
		if (info.si_code == CLD_EXITED)
			return info.si_status;
		if (info.si_code != CLD_STOPPED)
			return LAUNCH_SIGNAL_BASE + info.si_status;
		if (foreground_stopped(foreground))
			kill(-pid, SIGCONT);
	}
}

static int run_beside(struct launch *l, int pidfd, pid_t init)
{
	cleanup_free char *name = xasprintf("/proc/%d/cgroup", (int)init), *cgroups = NULL;
	cleanup_close int signal_fd = forward_open(true), alive_fd = -1;
	struct join j = { .launch = l, .pidfd = pidfd, .others = other_namespaces(init) };
	struct foreground foreground;
	pid_t pid;
	int r = signal_fd < 0 ? signal_fd : read_file_at(AT_FDCWD, name, CGROUP_MAX, &cgroups);

	if (r < 0) {
		log_error_errno(r, "cannot read '%s'", name);
		return LAUNCH_FAILED;
	}
	j.cgroups = cgroups;
	foreground_init(&foreground);
	l->terminal = foreground.is_ours;
	launch_give_pipes(&l->user);
	pid = start(&j, &alive_fd);
	if (pid < 0)
		return LAUNCH_FAILED;
	r = watch(pid, signal_fd, &foreground);
	foreground_done(&foreground);
	return r;
}

int join_run(const char *name, const struct launch_request *request)
{
	cleanup_launch struct launch l = LAUNCH_INIT;
	cleanup_close int pidfd = -1;
	pid_t init = 0;

	if (launch_prepare(&l, name, request) < 0)
		return LAUNCH_FAILED;
	pidfd = runtime_find(name, &init);
	if (pidfd == -ESRCH && l.app.connector)
		return supervise_run(&l);
	if (pidfd == -ESRCH)
		log_error("application '%s' is not running (systemctl status sdme-oci-%s in the container tells why)",
			  name, name);
	else if (pidfd < 0)
		log_error_errno(pidfd, "cannot find the process of application '%s'", name);
	return pidfd < 0 ? LAUNCH_FAILED : run_beside(&l, pidfd, init);
}
