/* SPDX-License-Identifier: MIT */
/* connector-client: run the command of a connector, as if it were a program here.
 *
 * The other side gets our arguments and our standard input, output and error, and nothing else of us. In
 * place of a terminal it gets one of its own, in which its command is in charge of jobs and which is of no
 * use once we have gone, or, where only some of the three are a terminal, pipes. */

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fdpass.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/relay.h"
#include "base/strbuf.h"
#include "wire/frame.h"

/* Until the queue of a server is shorter. */
#define CONNECT_PAUSE_MSEC 20
/* The server's only answer is short. */
#define ANSWER_MAX 4096
/* So many SIGINT or SIGTERM end us, whatever the command makes of them. */
#define ENDS_MAX 3

static const char *arg_dir, *arg_name;

static const struct opt opts[] = {
	OPT_STR(0, "connector-dir", "DIRECTORY", &arg_dir, "Where the socket is ($SDME_CONNECTOR_DIR)",
		.words = WORDS_DIR),
	OPT_STR(0, "name", "NAME", &arg_name, "The connector's name"),
	OPT_END,
};

struct call {
	int sock, signal_fd;
	struct relay relay;
	struct strbuf in; /* the answer, or a part of it */
	unsigned n_ends;
	bool is_served; /* the server has read what we want */
};

#define CALL_INIT { .sock = -1, .signal_fd = -1, .relay = RELAY_INIT, .in = STRBUF_INIT }

static void call_done(struct call *c)
{
	relay_done(&c->relay);
	cleanup_close_p(&c->sock);
	cleanup_close_p(&c->signal_fd);
	strbuf_done(&c->in);
}

/* --- asking ------------------------------------------------------------------------------- */

/* From here on they wait until we read them: the command may make us get some as soon as it runs. */
static int watch_signals(struct call *c)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return log_error_errno(-errno, "cannot wait for signals");
	c->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (c->signal_fd < 0)
		return log_error_errno(-errno, "cannot wait for signals");
	return interrupted() ? -EINTR : 0; /* until just now */
}

static bool ends(int signo)
{
	return signo == SIGHUP || signo == SIGINT || signo == SIGQUIT || signo == SIGTERM;
}

/* Until the socket can be written to, or that many milliseconds; 128 and its number when a signal ends us. */
static int wait_to_ask(const struct call *c, int sock, int timeout)
{
	struct pollfd fds[] = { { .fd = sock, .events = POLLOUT }, { .fd = c->signal_fd, .events = POLLIN } };
	struct signalfd_siginfo info;

	if (poll(fds, ARRAY_SIZE(fds), timeout) < 0)
		return errno == EINTR ? 0 : -errno;
	if (!fds[1].revents || read(c->signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return ends((int)info.ssi_signo) ? 128 + (int)info.ssi_signo : 0;
}

/* Like the functions below, 0, or what ends us: a negative errno, or the exit status. */
static int connect_to(struct call *c, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return log_error_code(-ENAMETOOLONG, "the path of the socket is longer than %zu bytes: '%s'",
				      sizeof(address.sun_path) - 1, path);
	memcpy(address.sun_path, path, strlen(path));
	c->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->sock < 0)
		return log_error_errno(-errno, "cannot make a socket");
	do {
		r = connect(c->sock, (const struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : -errno;
		if (r != -EAGAIN) /* the queue is full */
			break;
		r = wait_to_ask(c, -1, CONNECT_PAUSE_MSEC);
	} while (r == 0);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return log_error_code(r, "there is no connector at '%s'; is its container running?", path);
	return r < 0 ? log_error_errno(r, "cannot connect to '%s'", path) : r;
}

/* The descriptors go with the first byte. */
static ssize_t send_some(int sock, const struct strbuf *request, size_t at, const int fds[FDPASS_MAX])
{
	ssize_t n;

	if (at == 0)
		return fdpass_send(sock, request->buf, request->len, fds, FDPASS_MAX);
	n = send(sock, request->buf + at, request->len - at, MSG_NOSIGNAL);
	return n < 0 ? -errno : n;
}

static int send_request(const struct call *c, const struct strbuf *request, const int fds[FDPASS_MAX])
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < request->len) {
		ssize_t n = send_some(c->sock, request, at, fds);

		if (n > 0)
			at += (size_t)n;
		else
			r = n == -EAGAIN || n == -EINTR ? wait_to_ask(c, c->sock, -1) : (int)n;
	}
	return r < 0 ? log_error_errno(r, "cannot ask the connector") : r;
}

/* --- a terminal --------------------------------------------------------------------------- */

static int open_terminal(struct relay *relay)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), unlock = 0, r;

	if (fd < 0)
		return log_error_errno(-errno, "cannot make a terminal for the command");
	if (ioctl(fd, TIOCSPTLCK, &unlock) < 0) {
		close(fd);
		return log_error_errno(-errno, "cannot make a terminal for the command");
	}
	r = relay_open_terminal(relay, fd);
	return r < 0 ? log_error_errno(r, "cannot use the terminal") : 0;
}

static bool has_terminal(void)
{
	return isatty(0) || isatty(1) || isatty(2);
}

/* From a directory one gets to all that we see. */
static int refuse_directories(void)
{
	for (int fd = 0; fd < FDPASS_MAX; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
			return log_error_code(-EISDIR, "file descriptor %d is a directory, which no connector gets", fd);
	}
	return 0;
}

/* What the command gets in place of 0, 1 and 2: never a terminal of ours. */
static int choose_fds(struct call *c, int fds[FDPASS_MAX])
{
	bool is_pty = isatty(0) && isatty(1);
	int r = refuse_directories();

	if (r < 0)
		return r;
	if (is_pty)
		r = open_terminal(&c->relay);
	else if (has_terminal() && (r = relay_open_pipes(&c->relay)) < 0)
		log_error_errno(r, "cannot make a pipe");
	for (int fd = 0; fd < FDPASS_MAX; fd++) {
		fds[fd] = is_pty && isatty(fd) ? c->relay.slave_fd : fd;
		if (!is_pty && c->relay.theirs[fd] >= 0)
			fds[fd] = c->relay.theirs[fd];
	}
	return r;
}

/* --- while it runs ------------------------------------------------------------------------ */

/* The server has others before us. What is unread later on are signals. */
static bool waits(struct call *c)
{
	int unread = 0;

	if (ioctl(c->sock, SIOCOUTQ, &unread) < 0 || unread == 0)
		c->is_served = true;
	return !c->is_served;
}

/* 0, or 128 and the signal when it is to end us. */
static int pass_signal(struct call *c, int signo)
{
	cleanup_strbuf struct strbuf frame = STRBUF_INIT;

	if (signo == SIGWINCH || signo == SIGCONT) {
		relay_refresh_terminal(&c->relay);
		return 0;
	}
	if (waits(c) && ends(signo))
		return 128 + signo;
	if ((signo == SIGINT || signo == SIGTERM) && ++c->n_ends == ENDS_MAX)
		return 128 + signo;
	frame_add_signal(&frame, signo);
	/* It is that short that it goes out whole, or the server has not even begun to read. */
	(void)send(c->sock, frame.buf, frame.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return signo == SIGHUP ? 128 + signo : 0;
}

static int take_signal(struct call *c)
{
	struct signalfd_siginfo info;

	if (read(c->signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return pass_signal(c, (int)info.ssi_signo);
}

/* 1 once the answer is there; *ret is it. */
static int take_answer(struct call *c, int *ret)
{
	ssize_t n = recv(c->sock, strbuf_reserve(&c->in, ANSWER_MAX), ANSWER_MAX, MSG_DONTWAIT);
	size_t len;
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return log_error_code(-EPIPE, "the connector ended without an answer");
	c->in.len += (size_t)n;
	if (c->in.len < FRAME_HEAD)
		return 0;
	r = frame_length((const unsigned char *)c->in.buf, &len);
	if (r >= 0 && len <= ANSWER_MAX && c->in.len < FRAME_HEAD + len)
		return 0;
	if (r >= 0)
		r = c->in.len == FRAME_HEAD + len ? frame_read_exit_code(c->in.buf + FRAME_HEAD, len, ret) : -EBADMSG;
	return r < 0 ? log_error_code(r, "the connector answered with something else than an exit status") : 1;
}

/* The exit status. */
static int wait_answer(struct call *c)
{
	int code = 0, r = 0;

	while (r == 0) {
		struct pollfd fds[RELAY_FDS + 2];

		relay_prepare(&c->relay, fds);
		fds[RELAY_FDS] = (struct pollfd){ .fd = c->sock, .events = POLLIN };
		fds[RELAY_FDS + 1] = (struct pollfd){ .fd = c->signal_fd, .events = POLLIN };
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			continue;
		if (fds[RELAY_FDS + 1].revents) /* before keys that were typed into the new window */
			code = take_signal(c);
		relay_run(&c->relay, fds);
		if (code > 0 || c->relay.left)
			return code > 0 ? code : 128 + SIGHUP;
		if (fds[RELAY_FDS].revents)
			r = take_answer(c, &code);
	}
	return r < 0 ? r : code;
}

/* What the command has written last. */
static int finish_terminal(struct call *c)
{
	int r;

	relay_finish(&c->relay);
	while (!relay_is_done(&c->relay)) {
		struct pollfd fds[RELAY_FDS + 1];

		relay_prepare(&c->relay, fds);
		fds[RELAY_FDS] = (struct pollfd){ .fd = c->signal_fd, .events = POLLIN };
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			continue;
		if (fds[RELAY_FDS].revents) /* nobody may read it */
			break;
		relay_run(&c->relay, fds);
	}
	r = relay_result(&c->relay);
	return r < 0 ? log_error_errno(r, "cannot use file descriptor %d", c->relay.failed_fd) : 0;
}

static int call(const char *path, char *const *argv)
{
	cleanup_(call_done) struct call c = CALL_INIT;
	cleanup_strbuf struct strbuf request = STRBUF_INIT;
	int fds[FDPASS_MAX], code, r = frame_add_argv(&request, argv);

	if (r < 0)
		return log_error_errno(r, "the arguments are more than the connector takes");
	r = watch_signals(&c);
	if (r == 0)
		r = connect_to(&c, path);
	if (r == 0)
		r = choose_fds(&c, fds);
	if (r == 0)
		r = send_request(&c, &request, fds);
	relay_close_theirs(&c.relay);
	if (r != 0)
		return r;
	code = wait_answer(&c);
	r = finish_terminal(&c);
	return r < 0 ? r : code;
}

/* --- which one ---------------------------------------------------------------------------- */

/* DIRECTORY/NAME.sock, or NULL; the caller frees. */
static char *socket_in(const char *dir, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s.sock", dir, name);

	return access(path, F_OK) == 0 ? TAKE_PTR(path) : NULL;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The socket of a link to us: beside it, of its name or of its directory's. */
static char *socket_beside(const char *link)
{
	const char *slash = strrchr(link, '/');
	cleanup_free char *dir = slash ? xstrndup(link, (size_t)(slash - link)) : NULL;
	char *path = dir ? socket_in(dir, slash + 1) : NULL;

	return path || !dir ? path : socket_in(dir, last_part(dir));
}

/* $SDME_CONNECTOR_DIR is the connector's, or has one directory for each of several. */
static char *socket_from_environment(const char *name)
{
	const char *dir = getenv("SDME_CONNECTOR_DIR");
	cleanup_free char *below = dir ? xasprintf("%s/%s", dir, name) : NULL;
	char *path = dir ? socket_in(dir, name) : NULL;

	return path || !dir ? path : socket_in(below, name);
}

/* A link that is called otherwise than its connector. */
static char *only_socket_of_environment(void)
{
	const char *dir = getenv("SDME_CONNECTOR_DIR");

	return dir ? socket_in(dir, last_part(dir)) : NULL;
}

/* "/connectors/jq/jq ARG...": every word is the command's. */
static int run_as(int argc, char **argv)
{
	const char *name = last_part(argv[0]);
	cleanup_free char *path = socket_beside(argv[0]);

	(void)argc;
	if (!path)
		path = socket_from_environment(name);
	if (!path)
		path = only_socket_of_environment();
	if (!path)
		return log_error_code(-ENOENT, "there is no socket of a connector '%s' beside '%s' or in $SDME_CONNECTOR_DIR; "
				      "is its container running?", name, argv[0]);
	return call(path, argv + 1);
}

static int run(const struct args *args)
{
	const char *dir = arg_dir ? arg_dir : getenv("SDME_CONNECTOR_DIR");
	cleanup_free char *path = NULL;

	if (!arg_name || !*arg_name)
		return usage_error("which connector? give its --name");
	if (!dir || !*dir)
		return usage_error("where is the connector? give its --connector-dir, or set SDME_CONNECTOR_DIR");
	path = arg_dir ? NULL : socket_from_environment(arg_name);
	if (!path)
		path = xasprintf("%s/%s.sock", dir, arg_name);
	return call(path, args->argv);
}

const struct applet applet_connector_client = {
	.name = "sdme-connector-client",
	.summary = "Run the command of a connector",
	.synopsis = "[ARG...]",
	.examples = "  sdme-connector-client --connector-dir=/connectors/jq --name=jq . < data.json\n"
		    "  /connectors/jq/jq . < data.json\n",
	.opts = opts,
	.operands = { WORDS_NONE },
	.min_operands = 0,
	.max_operands = -1,
	.options_until = 1,
	.flags = APPLET_PLUMBING,
	.run = run,
	.run_as = run_as,
};
