/* SPDX-License-Identifier: MIT */
#include "base/signals.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* sigaction(2) of the kernel: sigaction(3) does not touch the signals that libc has for itself, but the
 * posix_spawn(3) of glibc ignores them in who it starts, and so they would be for ever. */
static void set_default(int signo)
{
	const unsigned long nothing[8] = { 0 }; /* struct kernel_sigaction, of any architecture */

	(void)syscall(SYS_rt_sigaction, signo, nothing, NULL, (NSIG - 1) / 8);
}

void signals_reset(void)
{
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		set_default(signo);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
