/* SPDX-License-Identifier: MIT */
#include "app/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "app/unit.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/signals.h"

/* --- what the image says ------------------------------------------------------------------ */

static const char *find_variable(const struct strv *env, const char *name)
{
	size_t n = strlen(name);

	STRV_FOREACH(s, env) {
		if (strncmp(s, name, n) == 0 && s[n] == '=')
			return s + n + 1;
	}
	return NULL;
}

static void add_default(struct strv *env, const char *name, const char *value)
{
	if (value && !find_variable(env, name))
		strv_addf(env, "%s=%s", name, value);
}

static void complete_terminal(struct launch *l)
{
	if (isatty(STDIN_FILENO))
		add_default(&l->env, "TERM", getenv("TERM") ? getenv("TERM") : "xterm");
}

static void complete_env(struct launch *l)
{
	struct utsname uts;

	add_default(&l->env, "PATH", LAUNCH_PATH);
	add_default(&l->env, "HOME", l->user.home);
	add_default(&l->env, "HOSTNAME", uname(&uts) == 0 ? uts.nodename : NULL);
	complete_terminal(l);
}

static int read_env(struct launch *l, int tree_fd, const struct launch_request *request)
{
	cleanup_free char *message = NULL;
	int r = app_read_env(tree_fd, l->name, &l->app, &l->env, &message);

	if (r < 0)
		return log_error_code(r, "%s", message);
	if (request->env) {
		STRV_FOREACH(s, request->env)
			app_set_variable(&l->env, s);
	}
	return 0;
}

static int find_user(struct launch *l, int tree_fd, const struct launch_request *request)
{
	cleanup_free char *path = xasprintf(APP_DIR "/%s/root", l->name), *message = NULL;
	cleanup_close int root_fd = open_dir_in_root(tree_fd, path);
	int r;

	if (root_fd < 0)
		return log_error_errno(root_fd, "cannot open '/%s'", path);
	r = app_user_find(root_fd, request->user ? request->user : l->app.user, &l->user, &message);
	return r < 0 ? log_error_code(r, "application '%s': %s", l->name, message) : 0;
}

static int set_argv(struct launch *l, const struct launch_request *request)
{
	if (request->argv) {
		for (char *const *s = request->argv; *s; s++)
			strv_add(&l->argv, *s);
	} else {
		strv_add_all(&l->argv, &l->app.argv);
	}
	for (char *const *s = request->more; s && *s; s++)
		strv_add(&l->argv, *s);
	if (l->argv.n == 0)
		return log_error_code(-EINVAL, "application '%s' has no command of its own, give one", l->name);
	return 0;
}

/* --- the filter of system calls ----------------------------------------------------------- */

static int read_filter(const char *path, struct sock_fprog *ret)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_free struct sock_filter *code = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size == 0 || (size_t)st.st_size > BPF_MAXINSNS * sizeof(*code) ||
	    (size_t)st.st_size % sizeof(*code) != 0)
		return -EBADMSG;
	code = xmalloc((size_t)st.st_size);
	n = pread_all(fd, code, (size_t)st.st_size, 0);
	if (n != st.st_size)
		return n < 0 ? (int)n : -EBADMSG;
	*ret = (struct sock_fprog){
		.len = (unsigned short)((size_t)n / sizeof(*code)),
		.filter = TAKE_PTR(code),
	};
	return 0;
}

static int find_filter(struct launch *l)
{
	cleanup_free char *path = xasprintf(APP_FILTERS_DIR "/%016" PRIx64 ".bpf", l->app.capabilities);
	int r = l->app.seccomp ? read_filter(path, &l->filter) : 0;

	if (r == -ENOENT)
		return log_error_code(r,
				      "application '%s' needs its filter of system calls, '%s', which sdme gives to a container that it starts: start the container again",
				      l->name, path);
	return r < 0 ? log_error_errno(r, "cannot read '%s'", path) : 0;
}

int launch_prepare(struct launch *l, const char *name, const struct launch_request *request)
{
	cleanup_close int tree_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *message = NULL;
	int r;

	if (tree_fd < 0)
		return log_error_errno(-errno, "cannot open '/'");
	r = app_read(tree_fd, name, &l->app, &message);
	if (r < 0)
		return log_error_code(r, "%s", message);
	l->name = xstrdup(name);
	l->working_dir = xstrdup(request->working_dir ? request->working_dir
				 : l->app.working_dir ? l->app.working_dir
						      : "/");
	r = set_argv(l, request);
	if (r >= 0)
		r = read_env(l, tree_fd, request);
	if (r >= 0)
		r = find_user(l, tree_fd, request);
	if (r >= 0)
		r = find_filter(l);
	if (r >= 0)
		complete_env(l);
	return r;
}

/* --- in the new process ------------------------------------------------------------------- */

/* A group of its own, in front if ours was: keys such as ^C go to the program alone. */
static int take_terminal(void)
{
	pid_t front = tcgetpgrp(STDIN_FILENO), ours = getpgrp();

	if (setpgid(0, 0) < 0)
		return -errno;
	/* SIGTTOU, which this brings, is blocked. */
	return front == ours && tcsetpgrp(STDIN_FILENO, getpid()) < 0 ? -errno : 0;
}

int launch_settle(const struct launch *l)
{
	int r = 0;

	for (int i = 0; i < 3; i++) {
		if (l->fds[i] >= 0 && dup2(l->fds[i], i) < 0)
			return -errno;
	}
	if (l->terminal)
		r = take_terminal();
	else if (setsid() < 0)
		r = -errno;
	/* A terminal that is no session's becomes that of the new one. */
	if (r >= 0 && !l->terminal && isatty(STDIN_FILENO))
		(void)ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	if (r >= 0 && close_range(STDERR_FILENO + 1, ~0U, 0) < 0)
		r = -errno;
	if (r >= 0)
		signals_reset();
	return r;
}

/* As execvp(3), but in the program's own PATH, and what is no program is not handed to a shell: docker does
 * neither. */
static int exec_in_path(const char *path, char *const *argv, char *const *env)
{
	int r = -ENOENT;

	for (;;) {
		size_t n = strcspn(path, ":");
		cleanup_free char *file = xasprintf("%.*s%s%s", (int)n, path, n ? "/" : "./", argv[0]);

		execve(file, argv, env);
		if (errno == EACCES)
			r = -EACCES;
		else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != ENAMETOOLONG)
			return -errno;
		if (!path[n])
			return r;
		path += n + 1;
	}
}

int launch_exec(const struct launch *l)
{
	static char *no_env[] = { NULL };
	char *const *env = l->env.v ? l->env.v : no_env;
	const char *path = find_variable(&l->env, "PATH");
	const char *name = l->argv.v[0];
	int r;

	if (strchr(name, '/')) {
		execve(name, l->argv.v, env);
		r = -errno;
	} else {
		r = *name ? exec_in_path(path ? path : LAUNCH_PATH, l->argv.v, env) : -ENOENT;
	}
	if (r == -ENOENT && !strchr(name, '/'))
		log_error("application '%s': there is no '%s' in its PATH", l->name, name);
	else
		log_error_errno(r, "application '%s': cannot execute '%s'", l->name, name);
	return r == -ENOENT ? LAUNCH_NOT_FOUND : LAUNCH_NOT_EXECUTABLE;
}

void launch_add_arguments(struct launch *l, const struct strv *more)
{
	strv_add_all(&l->argv, more);
	complete_terminal(l);
}

void launch_give_pipes(const struct app_user *user)
{
	struct statfs fs;

	for (int fd = 0; fd <= 2; fd++) {
		/* It is the program that may have to do without. */
		if (fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC && fchown(fd, user->uid, (gid_t)-1) < 0)
			return;
	}
}

void launch_done(struct launch *l)
{
	free(l->name);
	app_done(&l->app);
	strv_done(&l->argv);
	strv_done(&l->env);
	app_user_done(&l->user);
	free(l->working_dir);
	free(l->filter.filter);
	*l = (struct launch)LAUNCH_INIT;
}
