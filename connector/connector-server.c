/* SPDX-License-Identifier: MIT */
/* connector-server: run a command for whoever connects to the socket that systemd listens on.
 *
 * A client is served by a child of ours, which reads what it asks for and becomes the command: nothing that
 * a client passes ever is in this process, which could not even close a descriptor whose file system does
 * not answer. Here we only wait for the command, and for the client to go away.
 *
 * With --app the command is the program of an application. The namespaces for it are made once: the server
 * that takes the clients is their process 1, and what a command leaves behind is killed when it has ended. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/app.h"
#include "app/init.h"
#include "app/launch.h"
#include "app/supervise.h"
#include "applet.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fdpass.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/listen.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/program.h"
#include "base/strbuf.h"
#include "wire/frame.h"
#include "wire/request.h"

#define IDLE_DEFAULT 30
#define IDLE_MAX (24 * 60 * 60)
/* For a client to say what it wants. */
#define REQUEST_TIMEOUT (5 * USEC_PER_SEC)
/* Between SIGTERM and SIGKILL. */
#define GRACE (5 * USEC_PER_SEC)
/* For what a command left behind to be gone. */
#define DYING_MAX (1 * USEC_PER_SEC)
/* Of what a client sends while its command runs. */
#define READ_SIZE 4096

enum {
	EXIT_NOT_EXECUTABLE = 126, /* as a shell's */
	EXIT_NO_COMMAND = 127,
};

static const char *arg_idle, *arg_app;

static const struct opt opts[] = {
	OPT_STR(0, "app", "APPLICATION", &arg_app, "Run its program, and no COMMAND"),
	OPT_STR(0, "idle", "SECONDS", &arg_idle, "End when nobody has come for so long (30)"),
	OPT_END,
};

struct server {
	int listen_fd;
	usec_t idle;
	char *const *command;  /* NULL: an application */
	struct launch *launch; /* the application's; NULL: it could not be started */
	bool is_init; /* process 1 of the application's namespaces */
	int child_fd; /* of SIGCHLD, as process 1 */
};

/* --- in the child: the command ------------------------------------------------------------ */

static int take_fds(const struct request *q)
{
	for (int fd = 0; fd < FDPASS_MAX; fd++) {
		if (dup2(q->fds[fd], fd) < 0)
			return -errno;
	}
	return 0;
}

static int become_command(char *const *command, const struct request *q)
{
	cleanup_strv struct strv argv = STRV_INIT;
	int r;

	for (; *command; command++)
		strv_add(&argv, *command);
	strv_add_all(&argv, &q->argv);
	/* A session of its own, which the client's terminal, if it passed one, can be of. */
	if (setsid() >= 0 && isatty(0))
		(void)ioctl(0, TIOCSCTTY, 0);
	umask(global_args.umask);
	r = program_exec(argv.v);
	log_error_errno(r, "cannot run '%s'", argv.v[0]);
	return r == -ENOENT ? EXIT_NO_COMMAND : EXIT_NOT_EXECUTABLE;
}

static int become_program(struct launch *l, const struct request *q)
{
	if (!l) {
		log_error("the connector's application '%s' cannot be started; the journal of its container tells why",
			  arg_app);
		return LAUNCH_FAILED;
	}
	launch_give_pipes(&l->user);
	launch_add_arguments(l, &q->argv);
	init_run_program(l);
}

/* What it returns is the exit status. A byte to refused_fd, which closes when the command runs, says that the
 * client is not to be answered. */
static int serve_client(int sock, int refused_fd, const struct server *server)
{
	struct request q = { .argv = STRV_INIT };
	pid_t parent = getppid();
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return EXIT_FAILURE;
	r = request_receive(sock, &q);
	if (r >= 0)
		r = take_fds(&q);
	if (r < 0) {
		(void)write_all(refused_fd, "", 1);
		return EXIT_FAILURE;
	}
	return server->command ? become_command(server->command, &q) : become_program(server->launch, &q);
}

/* --- one client --------------------------------------------------------------------------- */

struct client {
	int sock, refused_fd;
	struct ucred who;
	pid_t pid;
	int pidfd;
	struct strbuf in; /* frames, the last of them in part */
	bool reads;       /* more may come */
	bool runs;        /* the command */
	usec_t deadline;  /* for what comes next; 0: none */
	bool refused, asked_to_end;
	int signo; /* that the server got meanwhile */
};

static void client_done(struct client *c)
{
	cleanup_close_p(&c->sock);
	cleanup_close_p(&c->refused_fd);
	cleanup_close_p(&c->pidfd);
	strbuf_done(&c->in);
}

static int client_start(struct client *c, const struct server *server)
{
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return log_error_errno(-errno, "cannot make a pipe");
	c->refused_fd = ends[0];
	c->deadline = now_usec() + REQUEST_TIMEOUT;
	c->pid = fork();
	if (c->pid == 0)
		_exit(serve_client(c->sock, ends[1], server));
	r = c->pid < 0 ? -errno : 0;
	close(ends[1]);
	if (r < 0)
		return log_error_errno(r, "cannot make a process");
	c->pidfd = pidfd_open(c->pid, 0);
	if (c->pidfd >= 0)
		return 0;
	r = log_error_errno(-errno, "cannot watch the command");
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	return r;
}

/* All of it that is still in its group, or the child that is to become it. */
static void signal_command(const struct client *c, int signo)
{
	kill(c->runs ? -c->pid : c->pid, signo);
}

static void ask_to_end(struct client *c)
{
	if (c->asked_to_end)
		return;
	log_debug("the client has gone, or the server is to end");
	c->asked_to_end = true;
	c->deadline = now_usec() + GRACE;
	signal_command(c, SIGTERM);
}

static void take_signal(struct client *c, const char *text, size_t len)
{
	int signo;

	if (frame_read_signal(text, len, &signo) < 0) {
		log_warning("a client sent what is no signal");
		c->reads = false;
		return;
	}
	signal_command(c, signo);
}

/* All that are there whole. */
static void take_frames(struct client *c)
{
	size_t at = 0, len;

	while (c->reads && c->in.len - at >= FRAME_HEAD) {
		const char *frame = c->in.buf + at;

		if (frame_length((const unsigned char *)frame, &len) < 0 || len > READ_SIZE) {
			c->reads = false;
			return;
		}
		if (c->in.len - at - FRAME_HEAD < len)
			break;
		take_signal(c, frame + FRAME_HEAD, len);
		at += FRAME_HEAD + len;
	}
	memmove(c->in.buf, c->in.buf + at, c->in.len - at);
	c->in.len -= at;
}

static void read_frames(struct client *c)
{
	ssize_t n = recv(c->sock, strbuf_reserve(&c->in, READ_SIZE), READ_SIZE, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		c->reads = false;
		return;
	}
	c->in.len += (size_t)n;
	take_frames(c);
}

/* The child has become the command, or is gone. */
static void note_start(struct client *c)
{
	char byte;

	c->refused = c->refused || read(c->refused_fd, &byte, 1) > 0;
	cleanup_close_p(&c->refused_fd);
	c->refused_fd = -1;
	c->runs = c->reads = !c->refused;
	if (!c->asked_to_end)
		c->deadline = 0;
	else
		signal_command(c, SIGTERM);
}

static void note_deadline(struct client *c)
{
	c->refused = c->refused || !c->runs;
	c->deadline = now_usec() + GRACE;
	signal_command(c, SIGKILL);
}

/* What is left behind by commands is process 1's to reap. The command itself client_answer() waits for. */
static void reap_others(const struct client *c)
{
	for (;;) {
		siginfo_t info = { 0 };

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
		    info.si_pid == c->pid)
			return;
		waitpid(info.si_pid, NULL, 0);
	}
}

static void forget_signals(int child_fd)
{
	struct signalfd_siginfo info;

	while (read(child_fd, &info, sizeof(info)) > 0)
		;
}

/* Until the command has ended. */
static void client_wait(struct client *c, int child_fd)
{
	struct pollfd fds[4] = { 0 };

	do {
		int r;

		fds[0] = (struct pollfd){ .fd = c->pidfd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = c->refused_fd, .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = c->asked_to_end ? -1 : c->sock,
					  .events = c->reads ? POLLIN : 0 };
		fds[3] = (struct pollfd){ .fd = child_fd, .events = POLLIN };
		r = interrupt_poll(fds, 4, c->deadline);
		if (r == -EINTR) {
			c->signo = interrupt_save();
			ask_to_end(c);
		}
		if (r == -ETIMEDOUT)
			note_deadline(c);
		if (r <= 0)
			continue;
		if (fds[1].revents)
			note_start(c);
		if (fds[2].revents & POLLIN)
			read_frames(c);
		if (fds[2].revents & (POLLHUP | POLLERR))
			ask_to_end(c);
		if (fds[3].revents) {
			forget_signals(child_fd);
			reap_others(c);
		}
	} while (!fds[0].revents);
}

static void client_answer(struct client *c)
{
	cleanup_strbuf struct strbuf frame = STRBUF_INIT;
	int status;

	if (waitpid(c->pid, &status, 0) != c->pid || c->refused)
		return;
	frame_add_exit_code(&frame, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	/* There is always room for so little; who has gone needs no answer. */
	(void)send(c->sock, frame.buf, frame.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Nobody of this client may be there for the next one. What the kernel cannot end yet keeps that one waiting
 * for a moment only: it runs no more code of its own. */
static void kill_others(int child_fd)
{
	usec_t deadline = now_usec() + DYING_MAX;
	pid_t pid;

	(void)kill(-1, SIGKILL);
	for (;;) {
		struct pollfd p = { .fd = child_fd, .events = POLLIN };

		forget_signals(child_fd);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0 || interrupt_poll(&p, 1, deadline) < 0)
			return;
	}
}

/* The socket's mode decides who may call; the log tells who did. Another PID namespace's process is 0. */
static void identify(struct client *c)
{
	socklen_t n = sizeof(c->who);

	if (getsockopt(c->sock, SOL_SOCKET, SO_PEERCRED, &c->who, &n) < 0)
		c->who = (struct ucred){ .uid = (uid_t)-1 };
	log_debug("a client: process %d of user %u", (int)c->who.pid, (unsigned)c->who.uid);
}

/* It did not wait for its turn. */
static bool has_gone(const struct client *c)
{
	struct pollfd p = { .fd = c->sock };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

/* What goes wrong with one client is logged, and ends the server only when it can take no other. */
static int serve(const struct server *server)
{
	cleanup_(client_done) struct client c = { .refused_fd = -1, .pidfd = -1 };

	c.sock = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (c.sock < 0) /* it did not wait */
		return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED
			       ? 0
			       : log_error_errno(-errno, "cannot take a client");
	identify(&c);
	if (has_gone(&c) || client_start(&c, server) < 0)
		return 0;
	client_wait(&c, server->child_fd);
	client_answer(&c);
	if (server->is_init)
		kill_others(server->child_fd);
	if (c.refused)
		log_warning("process %d of user %u was refused: in %d seconds it did not pass arguments and three descriptors, or something else with them",
			    (int)c.who.pid, (unsigned)c.who.uid, (int)(REQUEST_TIMEOUT / USEC_PER_SEC));
	interrupt_restore(c.signo);
	return 0;
}

/* --- all of them -------------------------------------------------------------------------- */

static int serve_all(const struct server *server)
{
	for (;;) {
		struct pollfd p = { .fd = server->listen_fd, .events = POLLIN };
		int r = interrupt_poll(&p, 1, now_usec() + server->idle);

		/* systemd goes on listening, and starts us again for the next. */
		if (r == -ETIMEDOUT || r == -EINTR)
			return 0;
		if (r >= 0)
			r = serve(server);
		if (r < 0)
			return r;
	}
}

/* As process 1. */
static int serve_inside(void *data)
{
	struct server *server = data;
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	server->child_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	server->is_init = getpid() == 1;
	return server->child_fd < 0 || serve_all(server) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* When its namespaces cannot be made, clients are told so: systemd would start us for them again and again,
 * and then no more. */
static int serve_application(struct server *server)
{
	cleanup_launch struct launch l = LAUNCH_INIT;
	int status = LAUNCH_FAILED;

	server->launch = &l;
	if (launch_prepare(&l, arg_app, &(struct launch_request){ 0 }) >= 0)
		status = supervise_server(&l, serve_inside, server);
	if (status != LAUNCH_FAILED)
		return status;
	server->launch = NULL;
	return serve_all(server);
}

static int run(const struct args *args)
{
	struct server server = { .command = arg_app ? NULL : args->argv, .child_fd = -1 };
	uint64_t idle = IDLE_DEFAULT;

	if (arg_idle && parse_u64(arg_idle, 1, IDLE_MAX, &idle) < 0)
		return usage_error("--idle is a number of seconds from 1 to %d, not '%s'", IDLE_MAX, arg_idle);
	if (!arg_app == (args->argc == 0))
		return usage_error(arg_app ? "--app and a command do not go together" : "there is no command to run");
	if (arg_app && !app_name_is_valid(arg_app))
		return usage_error("--app: '%s' cannot be an application's name", arg_app);
	server.idle = idle * USEC_PER_SEC;
	server.listen_fd = listen_take_fd();
	if (server.listen_fd < 0)
		return server.listen_fd;
	return arg_app ? serve_application(&server) : serve_all(&server);
}

const struct applet applet_connector_server = {
	.name = "sdme-connector-server",
	.summary = "Run a command for the clients of a socket",
	.synopsis = "[COMMAND [ARG...]]",
	.opts = opts,
	.operands = { WORDS_COMMAND },
	.min_operands = 0,
	.max_operands = -1,
	.options_until = 1,
	.flags = APPLET_PLUMBING,
	.run = run,
};
