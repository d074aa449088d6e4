/* SPDX-License-Identifier: MIT */
#include "base/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t caught;

static void on_signal(int signo)
{
	caught = signo;
}

void interrupt_install(void)
{
	/* SA_RESETHAND: the second signal finds the default action. No SA_RESTART: waits break. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND }, before;

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* nohup(1) has it ignored. */
	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

int interrupted(void)
{
	return caught;
}

int interrupt_save(void)
{
	int signo = caught;

	caught = 0;
	interrupt_install();
	return signo;
}

void interrupt_restore(int signo)
{
	if (signo)
		caught = signo;
}

int interrupt_poll(struct pollfd *fds, nfds_t n, usec_t deadline)
{
	sigset_t ours, saved;
	int r;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	sigprocmask(SIG_BLOCK, &ours, &saved);
	do {
		usec_t left = deadline ? usec_until(deadline) : 0;
		struct timespec t = { .tv_sec = (time_t)(left / USEC_PER_SEC),
				      .tv_nsec = (long)(left % USEC_PER_SEC * 1000) };

		r = caught ? -EINTR : ppoll(fds, n, deadline ? &t : NULL, &saved);
		if (r == -1)
			r = -errno;
		/* Another signal than ours: wait on. */
	} while (r == -EINTR && !caught);
	sigprocmask(SIG_SETMASK, &saved, NULL);
	return r == 0 ? -ETIMEDOUT : r;
}
