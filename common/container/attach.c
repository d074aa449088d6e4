/* SPDX-License-Identifier: MIT */
#include "container/attach.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "host/ready.h"

/* What the manager may take to accept a call. */
#define ANSWER_LIMIT (30 * USEC_PER_SEC)
/* What it may take to execute itself anew. */
#define RECONNECT_LIMIT (10 * USEC_PER_SEC)
/* What it may take to kill a command and say so. */
#define KILL_LIMIT (10 * USEC_PER_SEC)
/* Between two hang-ups: a shell misses one that comes just before it begins to read a line. */
#define HANG_UP_PAUSE (200 * USEC_PER_MSEC)
/* Messages of the manager's between two looks at everything else. */
#define BUSY_TURNS 64

enum { FD_BUS, FD_SIGNAL, FD_LEADER, FD_RELAY, FD_COUNT = FD_RELAY + RELAY_FDS };

/* --- signals ------------------------------------------------------------------------------- */

static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH, SIGCONT, SIGTSTP };

/* Those that came before this end it at once, too. */
static int open_signals(sigset_t *ret_saved)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i]);
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
	if (!a->unit.asked) {
		a->give_up = now_usec();
	} else if (a->n_signals > 1) {
		(void)transient_kill(&a->unit, SIGKILL);
		if (a->n_signals == 2)
			a->give_up = now_usec() + KILL_LIMIT;
	} else if (a->relay.master_fd >= 0) {
		hang_up(a);
	} else {
		(void)transient_kill(&a->unit, signo);
	}
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
		default:
			pass_on(a, (int)info.ssi_signo);
		}
	}
}

/* --- the loop ------------------------------------------------------------------------------ */

static bool leader_has_ended(const struct attachment *a)
{
	struct pollfd p = { .fd = a->machine->pidfd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

static int reconnect(struct attachment *a)
{
	sd_bus *bus = NULL;
	int r;

	if (leader_has_ended(a))
		return -ESRCH;
	log_debug("the connection to the service manager is lost, connecting again");
	r = machine_wait_bus(a->machine, now_usec() + RECONNECT_LIMIT, &bus);
	if (r < 0)
		return r;
	/* A call that was not answered is sent again when the new connection is ready. */
	if (a->unit.accepted)
		r = transient_attach(&a->unit, bus);
	else
		transient_detach(&a->unit);
	bus_done_p(&a->bus);
	a->bus = bus;
	a->is_asked = a->unit.accepted;
	return r;
}

/* Let the bus work: 1 when it did something. */
static int process(struct attachment *a)
{
	int r = sd_bus_process(a->bus, NULL);

	if (r < 0)
		return reconnect(a);
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
	r = bus_prepare_poll(a->bus, &fds[FD_BUS], &deadline);

	if (r < 0)
		return reconnect(a);
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
	while (sd_bus_process(a->bus, NULL) > 0)
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

		if (a->give_up && usec_until(a->give_up) == 0)
			return a->signal ? -EINTR : -ETIMEDOUT;
		/* A manager that never stops talking must not keep us from everything else. */
		if (r > 0 && ++turns % BUSY_TURNS != 0)
			continue;
		if (r >= 0)
			r = wait_for_any(a, signal_fd);
		if (r < 0)
			return r;
		if (a->relay.left && !leaving) {
			leaving = true;
			hang_up(a);
		}
		if (a->hang_up_again && usec_until(a->hang_up_again) == 0) {
			(void)transient_kill(&a->unit, SIGHUP);
			a->hang_up_again = now_usec() + HANG_UP_PAUSE;
		}
	}
	return 0;
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
	*ret_relay = r >= 0 || r == -ESRCH ? relay_finish(&a->relay) : 0;
	relay_done(&a->relay);
	sigprocmask(SIG_SETMASK, &saved, NULL);
	return r;
}

void attachment_done(struct attachment *a)
{
	transient_done(&a->unit);
	relay_done(&a->relay);
	bus_done_p(&a->bus);
}
