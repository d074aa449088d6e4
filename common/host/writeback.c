/* SPDX-License-Identifier: MIT */
#include "host/writeback.h"

#include <time.h>
#include <unistd.h>

/* Seldom enough for the disk to get more than a few files at once. */
static const struct timespec interval = { .tv_nsec = 500 * 1000 * 1000 };

/* Its errors are not ours to tell: who syncs in the end gets them too. */
static int write_back(const int *fds, const struct worker_report *report)
{
	(void)report;
	for (;;) {
		(void)nanosleep(&interval, NULL);
		(void)syncfs(fds[0]);
	}
	return 0;
}

int writeback_start(struct worker *w, int fd)
{
	w->has_network = true; /* it reads nothing that anybody sent */
	return worker_start(w, write_back, &fd, 1, 0);
}
