/* SPDX-License-Identifier: MIT */
#include "app/health.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "app/privileges.h"
#include "base/cleanup.h"

/* dockerd's defaults. */
#define INTERVAL (30 * USEC_PER_SEC)
#define TIMEOUT (30 * USEC_PER_SEC)
#define START_INTERVAL (5 * USEC_PER_SEC)
#define RETRIES 3
/* Less is none to docker. */
#define SHORTEST USEC_PER_MSEC

static usec_t usec_of(uint64_t ns, usec_t otherwise)
{
	usec_t usec = ns / 1000;

	return usec == 0 ? otherwise : usec < SHORTEST ? SHORTEST : usec;
}

static usec_t next_interval(const struct health *h)
{
	bool starting = h->state == HEALTH_STARTING && now_usec() - h->started < h->start_period;

	return starting ? h->start_interval : h->interval;
}

static void set_command(struct strv *argv, const struct strv *test)
{
	if (streq(test->v[0], "CMD-SHELL")) {
		strv_add(argv, "/bin/sh");
		strv_add(argv, "-c");
	}
	for (size_t i = 1; i < test->n; i++)
		strv_add(argv, test->v[i]);
}

void health_start(struct health *h, const struct launch *l)
{
	const struct app_health *image = &l->app.health;

	if (image->test.n < 2)
		return;
	h->check = *l; /* all but its command is the program's */
	h->check.argv = (struct strv)STRV_INIT;
	h->check.terminal = false;
	set_command(&h->check.argv, &image->test);
	h->interval = usec_of(image->interval_ns, INTERVAL);
	h->timeout = usec_of(image->timeout_ns, TIMEOUT);
	h->start_period = usec_of(image->start_period_ns, 0);
	h->start_interval = usec_of(image->start_interval_ns, START_INTERVAL);
	h->retries = image->retries ? image->retries : RETRIES;
	h->started = now_usec();
	h->next = h->started + next_interval(h);
}

usec_t health_next(const struct health *h)
{
	return h->next;
}

static void attr_noreturn run_check(struct health *h)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < 3; i++)
		h->check.fds[i] = null_fd;
	if (null_fd < 0 || launch_settle(&h->check) < 0 || privileges_become(&h->check.user) < 0)
		_exit(LAUNCH_FAILED);
	_exit(launch_exec(&h->check));
}

void health_run(struct health *h)
{
	if (h->next == 0 || usec_until(h->next) > 0)
		return;
	if (h->pid > 0) {
		/* It leads the group that it was given; before it has one, it is alone. */
		if (kill(-h->pid, SIGKILL) < 0)
			kill(h->pid, SIGKILL);
		h->next = 0;
		return;
	}
	h->begun = now_usec();
	h->next = h->begun + h->timeout;
	h->pid = fork();
	if (h->pid == 0)
		run_check(h);
	if (h->pid < 0) { /* no process to be had: a failure like any other */
		h->pid = 0;
		h->next = h->begun + next_interval(h);
	}
}

static void judge(struct health *h, bool success)
{
	if (success) {
		h->failures = 0;
		h->state = HEALTH_HEALTHY;
	} else if (h->state != HEALTH_STARTING || h->begun - h->started >= h->start_period) {
		h->failures++;
		if (h->failures >= h->retries)
			h->state = HEALTH_UNHEALTHY;
	}
}

bool health_child_ended(struct health *h, pid_t pid, bool success)
{
	enum health_state before = h->state;

	if (h->pid == 0 || pid != h->pid)
		return false;
	/* Killed as it took too long: then there is no time set for it any more. */
	judge(h, success && h->next != 0);
	h->pid = 0;
	h->next = now_usec() + next_interval(h);
	return h->state != before;
}

bool health_is_state(int value)
{
	return value >= HEALTH_STARTING && value <= HEALTH_UNHEALTHY;
}

const char *health_name(enum health_state state)
{
	static const char *const names[] = {
		[HEALTH_STARTING] = "starting",
		[HEALTH_HEALTHY] = "healthy",
		[HEALTH_UNHEALTHY] = "unhealthy",
	};

	return names[state];
}
