/* SPDX-License-Identifier: MIT */
#include "app/foreground.h"

#include <signal.h>
#include <unistd.h>

void foreground_init(struct foreground *f)
{
	/* It fails where the terminal is not that of our session. */
	f->is_ours = tcgetpgrp(STDIN_FILENO) >= 0;
}

/* As by ^Z. In a process group that nobody would continue, such as that of a session's leader, nothing
 * happens. */
static void stop(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	signal(SIGTSTP, SIG_DFL);
	kill(getpid(), SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* here */
	sigprocmask(SIG_BLOCK, &set, NULL);
}

bool foreground_stopped(const struct foreground *f)
{
	pid_t group = f->is_ours ? tcgetpgrp(STDIN_FILENO) : -1;

	if (!f->is_ours)
		return false;
	if (group >= 0)
		(void)tcsetpgrp(STDIN_FILENO, getpgrp());
	stop();
	if (group > 0 && tcgetpgrp(STDIN_FILENO) == getpgrp())
		(void)tcsetpgrp(STDIN_FILENO, group);
	return true;
}

void foreground_done(const struct foreground *f)
{
	/* SIGTTOU, which this may bring, is blocked. */
	if (f->is_ours && kill(-tcgetpgrp(STDIN_FILENO), 0) < 0)
		(void)tcsetpgrp(STDIN_FILENO, getpgrp());
}
