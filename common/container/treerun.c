/* SPDX-License-Identifier: MIT */
#include "container/treerun.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/program.h"
#include "base/strbuf.h"
#include "container/mountpoints.h"

#define TAIL_LINES 10
/* The rest of a longer line is not shown. */
#define LINE_SIZE 2048

void tree_run_argv(const struct tree_run *run, bool in_scope, struct strv *argv)
{
	strv_add(argv, "systemd-nspawn");
	strv_add(argv, "--settings=no");
	strv_add(argv, "--quiet");
	strv_add(argv, "--register=no");
	if (!in_scope)
		strv_add(argv, "--keep-unit");
	strv_addf(argv, "--machine=sdme-install-%d", (int)getpid());
	strv_addf(argv, "--directory=%s", run->path);
	strv_add(argv, "--link-journal=no");
	/* The tree is to stay as it is but for what the program does. */
	strv_add(argv, "--resolv-conf=off");
	strv_add(argv, "--timezone=off");
	strv_add(argv, "--as-pid2");
	strv_add(argv, "--pipe");
	STRV_FOREACH(env, run->env)
		strv_addf(argv, "--setenv=%s", env);
	strv_add(argv, "--");
	for (char *const *arg = run->argv; *arg; arg++)
		strv_add(argv, *arg);
}

/* --- the minder --------------------------------------------------------------------------- */

static volatile sig_atomic_t nspawn_pid;

static void on_signal(int signo)
{
	/* systemd-nspawn kills what it runs, tidies up and exits. */
	if (nspawn_pid > 0)
		kill((pid_t)nspawn_pid, signo);
}

static void attr_noreturn become_nspawn(char *const *argv, const sigset_t *none, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	/* In this order: a signal that is waiting already must not meet the minder's handler. */
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, none, NULL);
	/* The staged tree is locked by us; a lock file of its own would outlive one that is killed. */
	setenv("SYSTEMD_NSPAWN_LOCK", "0", 1);
	(void)program_exec(argv);
	_exit(127);
}

/* Standard streams, 3 as the held descriptor, and no other. */
static int arrange_fds(int output_fd, int hold_fd)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = fcntl(output_fd, F_DUPFD_CLOEXEC, 10), hold = fcntl(hold_fd, F_DUPFD_CLOEXEC, 10);

	if (null_fd < 0 || out < 0 || hold < 0 || dup2(null_fd, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(out, 2) < 0 || dup3(hold, 3, O_CLOEXEC) < 0)
		return -errno;
	return close_range(4, ~0U, 0) < 0 ? -errno : 0;
}

static void attr_noreturn mind(char *const *argv, int output_fd, int hold_fd, pid_t parent)
{
	struct sigaction action = { .sa_handler = on_signal };
	pid_t self = getpid(), pid;
	sigset_t terms, none;
	int status;

	/* Not of the terminal's group: ^C is for our parent, who tells us. */
	setsid();
	sigemptyset(&none);
	sigemptyset(&terms);
	sigaddset(&terms, SIGTERM);
	sigprocmask(SIG_SETMASK, &terms, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGINT, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || arrange_fds(output_fd, hold_fd) < 0)
		_exit(1);
	pid = fork();
	if (pid == 0)
		become_nspawn(argv, &none, self);
	close(1); /* the parent is to see the end of the output */
	close(2);
	if (pid < 0)
		_exit(1);
	nspawn_pid = pid;
	sigprocmask(SIG_SETMASK, &none, NULL);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			_exit(1);
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* --- its output --------------------------------------------------------------------------- */

static void take_line(struct strbuf *line, struct strv *tail)
{
	if (line->len == 0)
		return;
	log_debug("  %s", strbuf_str(line));
	if (tail->n == TAIL_LINES) {
		free(tail->v[0]);
		memmove(tail->v, tail->v + 1,
			tail->n * sizeof(*tail->v)); /* with the NULL at the end */
		tail->n--;
	}
	strv_add(tail, strbuf_str(line));
	strbuf_clear(line);
}

static void take_output(const char *data, size_t n, struct strbuf *line, struct strv *tail)
{
	for (size_t i = 0; i < n; i++) {
		/* Programs show how they get on by writing over a line. */
		if (data[i] == '\n' || data[i] == '\r')
			take_line(line, tail);
		else if (line->len < LINE_SIZE)
			strbuf_add_char(line, data[i] == '\t' || data[i] == '\0' ? ' ' : data[i]);
	}
}

static int read_output(int fd, struct strv *tail)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	char data[4096];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int r = interrupt_poll(&p, 1, 0);
		ssize_t n;

		if (r < 0)
			return r;
		n = read(fd, data, sizeof(data));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		take_output(data, (size_t)n, &line, tail);
	}
	take_line(&line, tail);
	return 0;
}

/* ------------------------------------------------------------------------------------------ */

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_nspawn(const struct tree_run *run, char *const *argv, struct strv *tail)
{
	cleanup_close int read_fd = -1, write_fd = -1;
	pid_t parent = getpid(), pid;
	int fds[2], r, status;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_error_errno(-errno, "cannot make a pipe");
	read_fd = fds[0];
	write_fd = fds[1];
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		mind(argv, write_fd, run->hold_fd, parent);
	if (pid < 0)
		return log_error_errno(-errno, "cannot start a process");
	close(TAKE_FD(write_fd));
	r = read_output(read_fd, tail);
	if (r < 0)
		kill(pid, SIGTERM);
	status = wait_for(pid);
	if (r < 0 && r != -EINTR)
		return log_error_errno(r, "cannot read what systemd-nspawn says");
	return r < 0 ? r : status;
}

int tree_run(const struct tree_run *run, struct strv *tail)
{
	cleanup_strv struct strv argv = STRV_INIT;
	cleanup_free char *nspawn = program_find("systemd-nspawn");
	const char *wrong = mountpoints_wrong(run->tree_fd);

	if (!nspawn)
		return log_error_code(-ENOENT,
				      "systemd-nspawn not found; install it with: apt install "
				      "systemd-container");
	if (wrong)
		return log_error_code(
			-ENOTDIR, "%s of the tree is no directory: no program is run in it", wrong);
	/* Without systemd there is nobody to ask for a unit of its own. */
	tree_run_argv(run, access("/run/systemd/system", F_OK) == 0, &argv);
	return run_nspawn(run, argv.v, tail);
}
