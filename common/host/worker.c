/* SPDX-License-Identifier: MIT */
#include "host/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"

/* A worker has no reason to say more; a broken one cannot fill our memory. */
#define REPORT_MAX (64 * 1024)

/* The sanitizers reserve memory by the terabyte. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

enum report_kind {
	REPORT_ERROR = 'e',
	REPORT_WARNING = 'w',
};

attr_printf(3, 0) static void report_line(const struct worker_report *report, enum report_kind kind,
					  const char *format, va_list ap)
{
	cleanup_free char *text = xvasprintf(format, ap);
	cleanup_strbuf struct strbuf line = STRBUF_INIT;

	strbuf_add_char(&line, (char)kind);
	strbuf_add_escaped(&line, text); /* a newline in a name is not the end of a line */
	strbuf_add_char(&line, '\n');
	(void)write_all(report->fd, line.buf, line.len);
}

int worker_error(const struct worker_report *report, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	report_line(report, REPORT_ERROR, format, ap);
	va_end(ap);
	return -EIO;
}

void worker_warning(const struct worker_report *report, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	report_line(report, REPORT_WARNING, format, ap);
	va_end(ap);
}

/* --- in the child ------------------------------------------------------------------------- */

static int cut_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++) {
		/* EPERM: the caller is itself confined. The sets below and no_new_privs do as well. */
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap) < 0 && errno != EPERM)
			return -errno;
	}
	/* Only what we have can be kept: the caller may itself be confined. */
	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int confine(uint64_t keep, bool has_network)
{
	/* Without the privilege there is none to give away either. */
	if (!has_network && unshare(CLONE_NEWNET) < 0 && errno != EPERM)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return geteuid() == 0 ? cut_capabilities(keep) : 0;
}

/* Descriptors 3 and up are the report and then fds[], all others are closed. */
static int arrange_fds(struct worker_report *report, int *fds, size_t n_fds)
{
	int all[1 + WORKER_FDS_MAX] = { report->fd };

	for (size_t i = 0; i < n_fds; i++)
		all[1 + i] = fds[i];
	/* First out of the way, then into place. */
	for (size_t i = 0; i < 1 + n_fds; i++) {
		all[i] = fcntl(all[i], F_DUPFD_CLOEXEC, 3 + 1 + WORKER_FDS_MAX);
		if (all[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < 1 + n_fds; i++) {
		if (dup3(all[i], 3 + (int)i, O_CLOEXEC) < 0)
			return -errno;
	}
	report->fd = 3;
	for (size_t i = 0; i < n_fds; i++)
		fds[i] = 4 + (int)i;
	return close_range(4 + (unsigned)n_fds, ~0U, 0) < 0 ? -errno : 0;
}

static int bound_memory(uint64_t max)
{
	struct rlimit limit = { max, max };

	return !max || IS_SANITIZED || setrlimit(RLIMIT_DATA, &limit) == 0 ? 0 : -errno;
}

static void attr_noreturn child(pid_t parent, worker_main work, struct worker_report *report, int *fds,
				size_t n_fds, uint64_t capabilities, const struct worker *w)
{
	int r;

	/* ^C on a terminal reaches us too: the parent decides what it means. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	r = arrange_fds(report, fds, n_fds);
	if (r >= 0)
		r = bound_memory(w->max_memory);
	if (r >= 0)
		r = confine(capabilities, w->has_network);
	if (r < 0)
		worker_error(report, "cannot confine the process: %s", strerror(-r));
	else
		r = work(fds, report);
	_exit(r < 0 ? 1 : 0);
}

/* --- in the parent ------------------------------------------------------------------------ */

int worker_start(struct worker *w, worker_main work, const int *fds, size_t n_fds, uint64_t capabilities)
{
	int copy[WORKER_FDS_MAX], pipe_fds[2];
	pid_t parent = getpid();
	int fork_error;

	for (size_t i = 0; i < n_fds; i++)
		copy[i] = fds[i];
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return log_error_errno(-errno, "cannot make a pipe");
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		struct worker_report report = { pipe_fds[1], w->arg };

		/* Nobody reads while we work: what finds no room is lost, and nobody waits for ever. */
		fcntl(report.fd, F_SETFL, O_WRONLY | O_NONBLOCK);
		child(parent, work, &report, copy, n_fds, capabilities, w);
	}
	fork_error = errno;
	close(pipe_fds[1]);
	w->report_fd = pipe_fds[0];
	if (w->pid < 0) {
		w->pid = 0;
		return log_error_errno(-fork_error, "cannot start a process");
	}
	return 0;
}

static int read_report(const struct worker *w, struct strbuf *s)
{
	while (s->len < REPORT_MAX) {
		struct pollfd p = { .fd = w->report_fd, .events = POLLIN };
		int r = interrupt_poll(&p, 1, 0);
		ssize_t n;

		if (r < 0)
			return r;
		n = read(w->report_fd, strbuf_reserve(s, 4096), 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		s->len += (size_t)n;
		s->buf[s->len] = '\0';
	}
	return 0;
}

static void take_lines(struct worker *w, const char *name, char *text)
{
	for (char *end; (end = strchr(text, '\n')); text = end + 1) {
		*end = '\0';
		if (*text == REPORT_WARNING)
			log_warning("%s: %s", name, text + 1);
		else if (*text == REPORT_ERROR && !w->error)
			w->error = xstrdup(text + 1);
	}
}

int worker_wait(struct worker *w, const char *name)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;
	int r = read_report(w, &s), status;

	if (r < 0)
		return r;
	while (waitpid(w->pid, &status, 0) < 0) {
		if (interrupted())
			return -EINTR;
		if (errno != EINTR)
			return -errno;
	}
	w->pid = 0;
	if (s.len > 0)
		take_lines(w, name, s.buf);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (!w->error && WIFSIGNALED(status))
		w->error = xasprintf("the process was killed (%s)", strsignal(WTERMSIG(status)));
	else if (!w->error)
		w->error = xstrdup("the process failed without a reason");
	return -EIO;
}

void worker_done(struct worker *w)
{
	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (w->report_fd >= 0)
		close(w->report_fd);
	free(w->error);
	*w = (struct worker)WORKER_INIT;
}
