/* SPDX-License-Identifier: MIT */
#include "registry/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/jsonread.h"
#include "base/program.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* --- the child ---------------------------------------------------------------------------- */

/* Nothing of root's environment but the path, which no one else has set. */
static void set_environment(const struct passwd *user)
{
	cleanup_free char *path = xstrdup_null(getenv("PATH")),
			  *language = xstrdup_null(getenv("LANG"));
	cleanup_free char *runtime = xasprintf("/run/user/%u", user->pw_uid);
	cleanup_free char *bus = xasprintf("unix:path=%s/bus", runtime);

	clearenv();
	if (path)
		setenv("PATH", path, 1);
	if (language)
		setenv("LANG", language, 1);
	setenv("HOME", user->pw_dir, 1);
	setenv("USER", user->pw_name, 1);
	setenv("LOGNAME", user->pw_name, 1);
	setenv("XDG_RUNTIME_DIR", runtime, 1);
	setenv("DBUS_SESSION_BUS_ADDRESS", bus, 1);
}

/* Who it is to run as; looked up before the fork, for in the child other threads' locks stay locked. */
struct account {
	const struct passwd *user; /* NULL: as we are */
	gid_t groups[NGROUPS_MAX];
	int n_groups;
};

static int find_account(uid_t uid, struct account *ret)
{
	ret->user = NULL;
	if (uid == geteuid())
		return 0;
	ret->user = getpwuid(uid);
	ret->n_groups = ARRAY_SIZE(ret->groups);
	if (!ret->user ||
	    getgrouplist(ret->user->pw_name, ret->user->pw_gid, ret->groups, &ret->n_groups) < 0)
		return -ENOENT;
	return 0;
}

static bool become(const struct account *a)
{
	uid_t uid;
	gid_t gid;

	if (!a->user)
		return true;
	uid = a->user->pw_uid;
	gid = a->user->pw_gid;
	if (setgroups((size_t)a->n_groups, a->groups) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return false;
	set_environment(a->user);
	return true;
}

static attr_noreturn void child(const char *program, const struct account *account, int in_fd,
				int out_fd)
{
	char *const argv[] = { (char *)(uintptr_t)program, (char[]){ "get" }, NULL };

	if (become(account) && dup2(in_fd, STDIN_FILENO) >= 0 && dup2(out_fd, STDOUT_FILENO) >= 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)program_exec(argv);
	}
	_exit(127);
}

/* --- the parent --------------------------------------------------------------------------- */

/* All that it writes, until the deadline. */
static int read_output(int fd, usec_t deadline, char *text)
{
	size_t len = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int r = interrupt_poll(&p, 1, deadline);
		ssize_t n = r < 0 ? r : read(fd, text + len, HELPER_OUTPUT_MAX - len);

		if (n < 0)
			return r < 0 ? r : -errno;
		len += (size_t)n;
		text[len] = '\0';
		if (n == 0)
			return 0;
		if (len == HELPER_OUTPUT_MAX)
			return -EFBIG;
	}
}

/* Its exit status, once it ends by itself before the deadline; -1 if it was killed. */
static int wait_for(pid_t pid, usec_t deadline)
{
	cleanup_close int fd = pidfd_open(pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int status = 0;

	if (fd < 0 || deadline == 0 || interrupt_poll(&p, 1, deadline) < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The server waits in the pipe before there is a reader: it is shorter than a pipe. */
static int fill_pipe(const char *server, int *ret)
{
	int ends[2];
	size_t n = strlen(server);

	if (n > PIPE_BUF)
		return -ENAMETOOLONG;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	if (write(ends[1], server, n) != (ssize_t)n) {
		close(ends[0]);
		ends[0] = -EIO;
	}
	close(ends[1]);
	*ret = ends[0];
	return ends[0] < 0 ? ends[0] : 0;
}

static int run(const char *program, const char *server, uid_t uid, usec_t deadline, char *text)
{
	cleanup_close int in_fd = -1, out_fd = -1;
	cleanup_free struct account *account = xcalloc(1, sizeof(*account));
	int ends[2], r, status;
	pid_t pid;

	r = find_account(uid, account);
	if (r >= 0)
		r = fill_pipe(server, &in_fd);
	if (r < 0)
		return r;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	out_fd = ends[0];
	pid = fork();
	if (pid == 0)
		child(program, account, in_fd, ends[1]);
	r = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (r < 0)
		return r;
	r = read_output(out_fd, deadline, text);
	status = wait_for(pid, r < 0 ? 0 : deadline);
	return r < 0 ? r : status < 0 ? -ECHILD : status;
}

/* --- what it says ------------------------------------------------------------------------- */

static int parse_answer(const char *text, struct credentials *ret, char **ret_message)
{
	cleanup_free char *detail = NULL;
	cleanup_json json_t *root = NULL;
	const char *user = NULL, *secret = NULL;

	json_wipe_memory();
	if (json_read(text, strlen(text), HELPER_OUTPUT_MAX, &root, &detail) < 0 ||
	    !json_is_object(root) || json_get_string(root, "Username", &user, &detail) < 0 ||
	    json_get_string(root, "Secret", &secret, &detail) < 0 || !user || !secret)
		return message_set(ret_message, -EINVAL, "does not answer as it should");
	if (streq(user, "<token>")) {
		ret->identity_token = xstrdup(secret);
	} else {
		ret->user = xstrdup(user);
		ret->password = xstrdup(secret);
	}
	return 1;
}

static int explain(int r, usec_t limit, char **ret_message)
{
	switch (r) {
	case -EINTR:
		return r;
	case -ETIMEDOUT:
		return message_set(ret_message, r, "does not answer within %llu s",
				   (unsigned long long)(limit / USEC_PER_SEC));
	case -EFBIG:
		return message_set(ret_message, r, "answers more than %d bytes", HELPER_OUTPUT_MAX);
	default:
		return message_set(ret_message, r, "cannot be run: %s", strerror(-r));
	}
}

static int ask(const char *program, const char *server, uid_t uid, usec_t limit, char *text,
	       struct credentials *ret, char **ret_message)
{
	int r = run(program, server, uid, now_usec() + limit, text);

	if (r < 0)
		return explain(r, limit, ret_message);
	if (r == 127)
		return message_set(ret_message, -ENOENT, "is not in $PATH, or cannot be run");
	if (r == 0)
		return parse_answer(text, ret, ret_message);
	/* All of them say it in these words. */
	if (strstr(text, "credentials not found"))
		return 0;
	text[strcspn(text, "\r\n")] = '\0';
	return message_set(ret_message, -EIO, "failed: %.200s", text);
}

int helper_get(const char *name, const char *server, uid_t uid, usec_t limit,
	       struct credentials *ret, char **ret_message)
{
	cleanup_free char *program = xasprintf("docker-credential-%s", name), *text = NULL;
	int r;

	if (strspn(name, LETTERS) != strlen(name))
		return message_set(ret_message, -EINVAL, "has a name that no program has");
	if (uid != geteuid() && geteuid() != 0)
		return message_set(ret_message, -EPERM, "cannot be run for another user");
	text = xcalloc(1, HELPER_OUTPUT_MAX + 1);
	r = ask(program, server, uid, limit, text, ret, ret_message);
	explicit_bzero(text, HELPER_OUTPUT_MAX);
	return r;
}
