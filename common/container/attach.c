/* SPDX-License-Identifier: MIT */
#include "container/attach.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/log.h"

/* What the manager may take to accept a call. */
#define ANSWER_LIMIT (30 * USEC_PER_SEC)
/* What it may take to execute itself anew, and the pause between two attempts to reach it meanwhile. A
 * connection that lasts is a success; one that breaks at once is none, however often it is made. */
#define RECONNECT_LIMIT (10 * USEC_PER_SEC)
#define PAUSE_MIN (2 * USEC_PER_MSEC)
#define PAUSE_MAX (500 * USEC_PER_MSEC)
#define LASTING USEC_PER_SEC
/* How long a signal waits for a connection. */
#define HOLD_LIMIT USEC_PER_SEC
/* What it may take to kill a command and say so. */
#define KILL_LIMIT (10 * USEC_PER_SEC)
/* How long the last output of a command that was told to end waits for somebody to read on. */
#define DELIVERY_LIMIT USEC_PER_SEC
/* Between two hang-ups: a shell misses one that comes just before it begins to read a line. */
#define HANG_UP_PAUSE (200 * USEC_PER_MSEC)
/* Messages of the manager's between two looks at everything else. */
#define BUSY_TURNS 64
/* And those of one that has ended: its socket may have been handed on. */
#define LAST_WORDS 4096

enum { FD_BUS, FD_SIGNAL, FD_LEADER, FD_RELAY, FD_COUNT = FD_RELAY + RELAY_FDS };

/* --- signals ------------------------------------------------------------------------------- */

/* Signals that keep their meaning for us: they tell of our own faults, files and children, are ignored, or
 * stop a job in the background. */
static const int not_ours_to_pass[] = { SIGSEGV, SIGBUS,  SIGFPE, SIGILL,  SIGTRAP, SIGSYS,
					SIGCHLD, SIGPIPE, SIGURG, SIGTTIN, SIGTTOU };

/* Those that came before this end it at once, too. */
static int open_signals(sigset_t *ret_saved)
{
	sigset_t set;
	int fd;

	sigfillset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(not_ours_to_pass); i++)
		sigdelset(&set, not_ours_to_pass[i]);
	sigprocmask(SIG_BLOCK, &set, ret_saved);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Stop as the person wants; the terminal is theirs meanwhile. */
static void stop_ourselves(struct attachment *a)
{
	terminal_restore();
	raise(SIGSTOP);
	relay_refresh_terminal(&a->relay);
}

/* Tell what sits at the terminal that the person is gone. */
static void hang_up(struct attachment *a)
{
	(void)transient_stop(&a->unit);
	a->hang_up_again = now_usec() + HANG_UP_PAUSE;
}

static void pass_on(struct attachment *a, int signo)
{
	if (a->n_signals++ == 0)
		a->signal = signo;
	if (a->has_ended) {
		a->give_up = now_usec();
	} else if (!a->bus && a->unit.accepted && a->n_signals == 1) {
		a->held_signal = signo;
		a->give_up = now_usec() + HOLD_LIMIT;
	} else if (!a->bus || !a->unit.asked) {
		a->give_up = now_usec();
	} else if (a->n_signals > 1) {
		(void)transient_kill(&a->unit, TRANSIENT_ALL, SIGKILL);
		/* Whoever insists is let go. */
		if (a->n_signals != 2)
			a->give_up = now_usec();
		else
			a->give_up = now_usec() + KILL_LIMIT;
	} else if (a->relay.master_fd >= 0) {
		hang_up(a);
	} else {
		(void)transient_kill(&a->unit, TRANSIENT_ALL, signo);
	}
}

/* What a command may use as it likes goes to it alone, once there is a command: to a process that is
 * still to become it, it would be the end. */
static void pass_on_held(struct attachment *a)
{
	if (!a->bus || a->unit.state != TRANSIENT_STARTED)
		return;
	for (int signo = 1; signo <= SIGRTMAX; signo++) {
		if (sigismember(&a->held, signo) == 1)
			(void)transient_kill(&a->unit, TRANSIENT_MAIN, signo);
	}
	sigemptyset(&a->held);
}

static void handle_signals(struct attachment *a, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGWINCH:
		case SIGCONT:
			relay_refresh_terminal(&a->relay);
			break;
		case SIGTSTP:
			stop_ourselves(a);
			break;
		case SIGHUP:
		case SIGINT:
		case SIGQUIT:
		case SIGTERM:
			pass_on(a, (int)info.ssi_signo);
			break;
		default:
			sigaddset(&a->held, (int)info.ssi_signo);
		}
	}
}

/* --- the connection ------------------------------------------------------------------------ */

static bool leader_has_ended(const struct attachment *a)
{
	struct pollfd p = { .fd = a->machine->pidfd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

static void connect_later(struct attachment *a)
{
	a->connect_at = now_usec() + a->pause;
	a->pause = a->pause * 2 < PAUSE_MAX ? a->pause * 2 : PAUSE_MAX;
}

static int disconnect(struct attachment *a)
{
	if (leader_has_ended(a))
		return -ESRCH;
	log_debug("the connection to the service manager is lost, connecting again");
	transient_detach(&a->unit);
	bus_done_p(&a->bus);
	if (!a->connect_by || now_usec() - a->connected_at > LASTING) {
		a->connect_by = now_usec() + RECONNECT_LIMIT;
		a->pause = PAUSE_MIN;
	}
	connect_later(a);
	return 0;
}

/* A call that was not answered is sent again when the connection is ready. */
static int connected(struct attachment *a)
{
	int signo = a->held_signal, r = 0;

	a->connected_at = now_usec();
	a->is_asked = a->unit.accepted;
	if (a->unit.accepted)
		r = transient_attach(&a->unit, a->bus);
	if (r >= 0 && signo) {
		a->held_signal = 0;
		a->give_up = 0;
		a->n_signals = 0;
		pass_on(a, signo);
	}
	return r;
}

/* A step on the way to a connection: 1 when there is one. */
static int reconnect(struct attachment *a)
{
	int r;

	if (usec_until(a->connect_by) == 0)
		return -ETIMEDOUT;
	if (a->connecting.guest.pid <= 0)
		return usec_until(a->connect_at) > 0
			       ? 0
			       : managerbus_begin(a->machine, -1, &a->connecting);
	if (!guest_has_ended(&a->connecting.guest) && usec_until(a->connecting.guest.deadline) > 0)
		return 0;
	r = managerbus_finish(&a->connecting, &a->bus);
	if (r == -EPERM || r == -EINTR)
		return r;
	if (r >= 0)
		r = connected(a);
	else
		connect_later(a);
	return a->bus && r >= 0 ? 1 : 0;
}

static int prepare_bus(struct attachment *a, struct pollfd *ret, usec_t *deadline)
{
	usec_t at = a->connect_at;

	if (a->bus)
		return bus_prepare_poll(a->bus, ret, deadline);
	*ret = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (a->connecting.guest.pid > 0) {
		ret->fd = a->connecting.guest.pidfd;
		at = a->connecting.guest.deadline;
	}
	if (!*deadline || at < *deadline)
		*deadline = at;
	return 0;
}

/* --- the loop ------------------------------------------------------------------------------ */

/* Let the bus work: 1 when it did something. */
static int process(struct attachment *a)
{
	int r;

	if (!a->bus)
		return reconnect(a);
	r = sd_bus_process(a->bus, NULL);
	if (r < 0)
		return disconnect(a);
	if (a->unit.accepted) {
		relay_close_theirs(&a->relay);
		if (!a->signal)
			a->give_up = 0;
	}
	if (r > 0 || a->is_asked || sd_bus_is_ready(a->bus) <= 0)
		return r;
	a->is_asked = true;
	r = transient_start(&a->unit, a->bus, a->spec);
	return r < 0 ? r : 1;
}

static int wait_for_any(struct attachment *a, int signal_fd)
{
	struct pollfd fds[FD_COUNT];
	usec_t deadline = a->give_up;
	int r;

	if (a->hang_up_again && (!deadline || a->hang_up_again < deadline))
		deadline = a->hang_up_again;
	r = prepare_bus(a, &fds[FD_BUS], &deadline);
	if (r < 0)
		return disconnect(a);
	fds[FD_SIGNAL] = (struct pollfd){ .fd = signal_fd, .events = POLLIN };
	fds[FD_LEADER] = (struct pollfd){ .fd = a->machine->pidfd, .events = POLLIN };
	relay_prepare(&a->relay, fds + FD_RELAY);
	r = interrupt_poll(fds, FD_COUNT, deadline);
	if (r == -ETIMEDOUT && a->give_up && usec_until(a->give_up) == 0)
		return a->signal ? -EINTR : -ETIMEDOUT;
	if (r < 0)
		return r == -ETIMEDOUT ? 0 : r;
	if (fds[FD_SIGNAL].revents)
		handle_signals(a, signal_fd);
	relay_run(&a->relay, fds + FD_RELAY);
	if (!fds[FD_LEADER].revents)
		return 0;
	/* Its last words may tell of the end of the command, which may have caused all this. */
	for (int i = 0; i < LAST_WORDS && a->bus && sd_bus_process(a->bus, NULL) > 0; i++)
		;
	return a->unit.state == TRANSIENT_ENDED ? 0 : -ESRCH;
}

static int run_until_end(struct attachment *a, int signal_fd)
{
	bool leaving = false;
	unsigned turns = 0;

	a->give_up = now_usec() + ANSWER_LIMIT;
	while (a->unit.state != TRANSIENT_ENDED) {
		int r = process(a);

		pass_on_held(a);
		if (a->give_up && usec_until(a->give_up) == 0)
			return a->signal ? -EINTR : -ETIMEDOUT;
		/* A manager that never stops talking must not keep us from everything else. */
		if (r > 0 && ++turns % BUSY_TURNS != 0)
			continue;
		if (r >= 0)
			r = wait_for_any(a, signal_fd);
		if (r < 0)
			return r;
		if (a->relay.left && !leaving && a->bus) {
			leaving = true;
			hang_up(a);
		}
		if (a->hang_up_again && usec_until(a->hang_up_again) == 0) {
			if (a->bus)
				(void)transient_kill(&a->unit, TRANSIENT_ALL, SIGHUP);
			a->hang_up_again = now_usec() + HANG_UP_PAUSE;
		}
	}
	return 0;
}

/* Write what the command has left in the pipes. The other end of ours may never be read. */
static int deliver(struct attachment *a, int signal_fd)
{
	struct pollfd fds[1 + RELAY_FDS] = { { .fd = signal_fd, .events = POLLIN } };

	a->has_ended = true;
	a->give_up = a->signal ? now_usec() + DELIVERY_LIMIT : 0;
	relay_finish(&a->relay);
	while (!relay_is_done(&a->relay)) {
		int r;

		relay_prepare(&a->relay, fds + 1);
		r = interrupt_poll(fds, ARRAY_SIZE(fds), a->give_up);
		if (r < 0 && r != -ETIMEDOUT)
			return r;
		if (r > 0 && fds[0].revents)
			handle_signals(a, signal_fd);
		if (a->give_up && usec_until(a->give_up) == 0)
			return -EINTR;
		if (r <= 0)
			continue;
		relay_run(&a->relay, fds + 1);
		if (a->signal) /* a reader that is slow is one */
			a->give_up = now_usec() + DELIVERY_LIMIT;
	}
	return relay_result(&a->relay);
}

int attach_run(struct attachment *a, int *ret_relay)
{
	sigset_t saved;
	cleanup_close int signal_fd = open_signals(&saved);
	int r = signal_fd;

	if (r >= 0 && interrupted())
		r = -EINTR;
	if (r >= 0)
		r = run_until_end(a, signal_fd);
	/* The output of a command that was left alone may never end. */
	*ret_relay = r >= 0 || r == -ESRCH ? deliver(a, signal_fd) : 0;
	relay_done(&a->relay);
	sigprocmask(SIG_SETMASK, &saved, NULL);
	return r;
}

void attachment_done(struct attachment *a)
{
	transient_done(&a->unit);
	managerbus_cancel(&a->connecting);
	relay_done(&a->relay);
	bus_done_p(&a->bus);
}
