/* SPDX-License-Identifier: MIT */
#include "base/interrupt.h"

#include <signal.h>

static volatile sig_atomic_t caught;

static void on_signal(int signo)
{
	caught = signo;
}

void interrupt_install(void)
{
	/* SA_RESETHAND: the second signal finds the default action. No SA_RESTART: waits break. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
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
