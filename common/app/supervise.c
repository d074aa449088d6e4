/* SPDX-License-Identifier: MIT */
#include "app/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/forward.h"
#include "app/foreground.h"
#include "app/health.h"
#include "app/init.h"
#include "app/output.h"
#include "app/runtime.h"
#include "base/cleanup.h"
#include "base/log.h"

struct supervisor {
	pid_t init;
	int report_fd, signal_fd;
	struct output output;
	struct runtime runtime; /* not open: it is no service */
	struct foreground foreground;
	int code, status; /* how it ended, as of waitid(2); code 0: it has not */
};

#define SUPERVISOR_INIT                                                                      \
	{ .report_fd = -1, .signal_fd = -1, .output = OUTPUT_INIT, .runtime = RUNTIME_INIT }

/* --- while it runs ------------------------------------------------------------------------ */

static void health_changed(struct supervisor *s, enum health_state state)
{
	runtime_set_health(&s->runtime, health_name(state));
	if (state == HEALTH_UNHEALTHY)
		log_warning("the application is unhealthy: its check has failed too often");
	else
		log_notice("the application is healthy");
}

/* False: it has no more to say, as it is dead. An application that is root can write there, too: what comes
 * is believed of the application alone. */
static bool read_report(struct supervisor *s)
{
	struct init_report message;
	ssize_t n = read(s->report_fd, &message, sizeof(message));

	if (n != sizeof(message))
		return n > 0 || (n < 0 && errno == EINTR);
	if (message.kind == INIT_HEALTH && health_is_state(message.status))
		health_changed(s, (enum health_state)message.status);
	else if (message.kind == INIT_STOPPED && foreground_stopped(&s->foreground))
		kill(s->init, SIGCONT);
	else if (message.kind == INIT_ENDED)
		s->code = message.code, s->status = message.status;
	return true;
}

static void read_signals(struct supervisor *s)
{
	struct signalfd_siginfo infos[16];
	ssize_t n = read(s->signal_fd, infos, sizeof(infos));

	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(infos[0]); i++)
		forward_signal(&infos[i], s->init);
}

static void watch(struct supervisor *s)
{
	for (;;) {
		struct pollfd fds[2 + OUTPUT_FDS] = {
			{ .fd = s->signal_fd, .events = POLLIN },
			{ .fd = s->report_fd, .events = POLLIN },
		};

		output_prepare(&s->output, fds + 2);
		if (poll(fds, 2 + OUTPUT_FDS, -1) < 0)
			continue;
		if (fds[0].revents)
			read_signals(s);
		output_run(&s->output, fds + 2);
		if (fds[1].revents && !read_report(s))
			return;
	}
}

/* --- its end ------------------------------------------------------------------------------ */

/* As the program did. What it left behind is dead when its process 1 is. */
static void finish(struct supervisor *s)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)s->init, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	if (s->runtime.pid_fd >= 0)
		(void)runtime_set_pid(&s->runtime, 0);
	while (waitid(P_PID, (id_t)s->init, &info, WEXITED) < 0 && errno == EINTR)
		;
	if (s->code == 0)
		s->code = info.si_code, s->status = info.si_status;
	output_finish(&s->output);
	foreground_done(&s->foreground);
}

/* Only some signals can end us; a core is none of ours. */
static void die_by(int signo)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t set;

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)prctl(PR_SET_DUMPABLE, 0);
	signal(signo, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signo);
	kill(getpid(), signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* --- start -------------------------------------------------------------------------------- */

/* As fork(2), but with namespaces of its own for the child alone: ours could make no process any more once it
 * has ended, pid_namespaces(7). */
static pid_t fork_into_namespaces(void)
{
	struct clone_args args = { .flags = CLONE_NEWPID | CLONE_NEWIPC, .exit_signal = SIGCHLD };

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* With serve, a server is process 1. */
static int start(struct supervisor *s, const struct launch *l, int (*serve)(void *data), void *data)
{
	int ends[2], r = 0;

	s->signal_fd = forward_open(false);
	if (s->signal_fd < 0)
		r = s->signal_fd;
	else if (pipe2(ends, O_CLOEXEC) < 0)
		r = -errno;
	if (r < 0)
		return log_error_errno(r, "application '%s': cannot wait for it", l->name);
	s->report_fd = ends[0];
	s->init = fork_into_namespaces();
	if (s->init == 0) {
		close(ends[0]); /* or it would look as if our parent were there for ever */
		if (serve)
			init_serve(l, ends[1], serve, data);
		init_run(l, ends[1]);
	}
	r = s->init < 0 ? -errno : 0;
	close(ends[1]);
	return r < 0 ? log_error_errno(r, "application '%s': cannot make namespaces", l->name) : 0;
}

static void supervisor_done(struct supervisor *s)
{
	cleanup_close_p(&s->report_fd);
	cleanup_close_p(&s->signal_fd);
	output_done(&s->output);
	runtime_done(&s->runtime);
}

static int open_service(struct supervisor *s, struct launch *l, int null_fd)
{
	int r = runtime_open(&s->runtime, l->name);

	if (r < 0)
		return r;
	r = null_fd < 0 ? -errno : output_open(&s->output, &l->user);
	if (r < 0)
		return log_error_errno(r, "application '%s': cannot open its input and output", l->name);
	l->fds[0] = null_fd;
	l->fds[1] = s->output.theirs[0];
	l->fds[2] = s->output.theirs[1];
	runtime_set_health(&s->runtime, l->app.health.test.n > 0 ? health_name(HEALTH_STARTING) : NULL);
	return 0;
}

/* A failure of ours, or how it ended. */
static int service(struct launch *l, int *ret_code, int *ret_status)
{
	cleanup_close int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	__attribute__((cleanup(supervisor_done))) struct supervisor s = SUPERVISOR_INIT;
	int r = open_service(&s, l, null_fd);

	if (r >= 0)
		r = start(&s, l, NULL, NULL);
	if (r < 0)
		return r;
	output_close_theirs(&s.output);
	(void)runtime_set_pid(&s.runtime, s.init);
	/* From now on it is only the copying that takes memory. */
	launch_done(l);
	(void)malloc_trim(0);
	watch(&s);
	finish(&s);
	*ret_code = s.code;
	*ret_status = s.status;
	return 0;
}

int supervise_service(struct launch *l)
{
	int code = 0, status = 0;

	if (service(l, &code, &status) < 0)
		return LAUNCH_FAILED;
	if (code == CLD_EXITED)
		return status;
	die_by(status);
	return LAUNCH_SIGNAL_BASE + status;
}

int supervise_run(struct launch *l)
{
	__attribute__((cleanup(supervisor_done))) struct supervisor s = SUPERVISOR_INIT;

	foreground_init(&s.foreground);
	l->terminal = s.foreground.is_ours;
	launch_give_pipes(&l->user);
	if (start(&s, l, NULL, NULL) < 0)
		return LAUNCH_FAILED;
	watch(&s);
	/* What it left behind dies with process 1, which does as soon as it has told us. Nobody has to wait until
	 * the kernel has taken the mounts and namespaces apart. */
	if (s.code == 0)
		finish(&s);
	else
		foreground_done(&s.foreground);
	return s.code == CLD_EXITED ? s.status : LAUNCH_SIGNAL_BASE + s.status;
}

int supervise_server(const struct launch *l, int (*serve)(void *data), void *data)
{
	__attribute__((cleanup(supervisor_done))) struct supervisor s = SUPERVISOR_INIT;
	sigset_t before;
	int r;

	sigprocmask(SIG_SETMASK, NULL, &before);
	r = start(&s, l, serve, data);
	if (r >= 0) {
		watch(&s);
		finish(&s);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (r < 0)
		return LAUNCH_FAILED;
	return s.code == CLD_EXITED ? s.status : LAUNCH_SIGNAL_BASE + s.status;
}
