/* SPDX-License-Identifier: MIT */
#include "app/forward.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

int forward_open(bool children)
{
	sigset_t set;
	int fd;

	/* One who has it ignored would be told of no child. A signal that is pending goes with this
	 * (sigaction(2)): who has children already looks after them next. */
	signal(SIGCHLD, SIG_DFL);
	sigfillset(&set);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return -errno;
	if (!children)
		sigdelset(&set, SIGCHLD);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

void forward_signal(const struct signalfd_siginfo *info, pid_t pid)
{
	union sigval value = { .sival_ptr = (void *)(uintptr_t)info->ssi_ptr };

	if (info->ssi_code == SI_KERNEL || (pid_t)info->ssi_pid == getpid())
		return;
	if (info->ssi_code == SI_QUEUE)
		(void)sigqueue(pid, (int)info->ssi_signo, value);
	else
		(void)kill(pid, (int)info->ssi_signo);
}
