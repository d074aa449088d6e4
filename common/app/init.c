/* SPDX-License-Identifier: MIT */
#include "app/init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/forward.h"
#include "app/health.h"
#include "app/mounts.h"
#include "app/privileges.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"

struct init {
	const struct launch *launch;
	int report_fd, signal_fd;
	pid_t program;
	struct health health;
};

static void report(const struct init *in, enum init_kind kind, int code, int status)
{
	struct init_report message = { kind, code, status };

	/* Who does not read any more is dead, and so are we, soon. */
	(void)write_all(in->report_fd, &message, sizeof(message));
}

/* --- children ----------------------------------------------------------------------------- */

static void child_changed(struct init *in, const siginfo_t *info)
{
	bool ended = info->si_code != CLD_STOPPED;

	if (info->si_pid == in->program && ended) {
		report(in, INIT_ENDED, info->si_code, info->si_status);
		_exit(0);
	}
	if (info->si_pid == in->program)
		report(in, INIT_STOPPED, info->si_code, info->si_status);
	else if (health_child_ended(&in->health, info->si_pid, info->si_code == CLD_EXITED && info->si_status == 0))
		report(in, INIT_HEALTH, 0, (int)in->health.state);
}

static void reap(struct init *in)
{
	int flags = WEXITED | WNOHANG | (in->launch->terminal ? WSTOPPED : 0);

	for (;;) {
		siginfo_t info = { 0 };

		if (waitid(P_ALL, 0, &info, flags) < 0 || info.si_pid == 0)
			return;
		child_changed(in, &info);
	}
}

static void read_signals(struct init *in)
{
	struct signalfd_siginfo infos[16];
	ssize_t n = read(in->signal_fd, infos, sizeof(infos));

	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(infos[0]); i++) {
		/* What was stopped by a key on the terminal is a process group. */
		if (infos[i].ssi_signo == SIGCONT && in->launch->terminal)
			(void)kill(-in->program, SIGCONT);
		else if (infos[i].ssi_signo != SIGCHLD)
			forward_signal(&infos[i], in->program);
	}
	/* Those for the program go first: it cannot be reaped yet, so the number is its own. */
	reap(in);
}

static void attr_noreturn loop(struct init *in)
{
	struct pollfd p = { .fd = in->signal_fd, .events = POLLIN };

	/* Of one that ended before signal_fd was there, no signal tells (forward_open()). */
	reap(in);
	for (;;) {
		usec_t next = health_next(&in->health), left = next ? usec_until(next) : 0;
		struct timespec t = { .tv_sec = (time_t)(left / USEC_PER_SEC),
				      .tv_nsec = (long)(left % USEC_PER_SEC * 1000) };

		if (ppoll(&p, 1, next ? &t : NULL, NULL) > 0)
			read_signals(in);
		health_run(&in->health);
	}
}

/* --- start -------------------------------------------------------------------------------- */

void init_run_program(const struct launch *l)
{
	int r = launch_settle(l);

	if (r >= 0)
		r = privileges_become(&l->user);
	if (r < 0) {
		log_error_errno(r, "application '%s': cannot become its user", l->name);
		_exit(LAUNCH_FAILED);
	}
	_exit(launch_exec(l));
}

/* The parent may have died before this. Then nobody reads what we have to tell. */
static void die_with_parent(const struct init *in)
{
	struct pollfd p = { .fd = in->report_fd };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 || poll(&p, 1, 0) != 0)
		_exit(LAUNCH_FAILED);
}

/* What the parent has besides, such as the other ends of the program's pipes, would keep these open. */
static int close_all_but_ours(struct init *in)
{
	if (dup3(in->report_fd, STDERR_FILENO + 1, O_CLOEXEC) < 0 && errno != EINVAL)
		return -errno;
	in->report_fd = STDERR_FILENO + 1;
	if (close_range(STDERR_FILENO + 2, ~0U, 0) < 0)
		return -errno;
	in->signal_fd = forward_open(true);
	return in->signal_fd < 0 ? in->signal_fd : 0;
}

static void set_up(const struct init *in)
{
	die_with_parent(in);
	if (mounts_enter(in->launch) < 0 || privileges_confine(in->launch) < 0)
		_exit(LAUNCH_FAILED);
}

void init_run(const struct launch *l, int report_fd)
{
	struct init in = { .launch = l, .report_fd = report_fd, .signal_fd = -1, .health = HEALTH_INIT };
	int r;

	set_up(&in);
	/* Now that it has no more privileges than the application, who has them may look at it: --join does,
	 * in containers without CAP_SYS_PTRACE, too. */
	(void)prctl(PR_SET_DUMPABLE, 1);
	in.program = fork();
	if (in.program == 0)
		init_run_program(l);
	r = in.program < 0 ? -errno : close_all_but_ours(&in);
	/* What a shell sends to its job, such as SIGCONT, comes by way of our parent, which first gives the terminal
	 * back to the program. */
	if (r >= 0 && l->terminal && setpgid(0, 0) < 0)
		r = -errno;
	if (r < 0) {
		log_error_errno(r, "application '%s': cannot start it", l->name);
		_exit(LAUNCH_FAILED);
	}
	health_start(&in.health, l);
	loop(&in);
}

void init_serve(const struct launch *l, int report_fd, int (*serve)(void *data), void *data)
{
	sigset_t children;

	set_up(&(struct init){ .launch = l, .report_fd = report_fd });
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_SETMASK, &children, NULL);
	_exit(serve(data));
}
