/* SPDX-License-Identifier: MIT */
#include "container/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/unit.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "container/attach.h"
#include "container/connectors.h"
#include "container/owner.h"
#include "container/passwd.h"
#include "host/guest.h"
#include "host/guestpty.h"
#include "host/ready.h"

/* Statuses with which systemd says that it could not get as far as the command (systemd.exec(5)). */
enum {
	SYSTEMD_CHDIR = 200,
	SYSTEMD_EXEC = 203,
	SYSTEMD_USER = 217,
	SYSTEMD_PAM = 224,
};

/* For a container that has just begun to boot. */
#define BUS_LIMIT (10 * USEC_PER_SEC)

/* What systemd searches when nobody says otherwise. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* A request with everything in it decided. */
struct plan {
	const char *name; /* the container */
	const char *user;
	const char *search_path;
	char *path, *description, *tty;
	struct strv argv, env;
	char *workdir;
	bool login;
};

static void plan_done(struct plan *p)
{
	cleanup_free_p(&p->path);
	cleanup_free_p(&p->description);
	cleanup_free_p(&p->tty);
	cleanup_free_p(&p->workdir);
	strv_done(&p->argv);
	strv_done(&p->env);
}

/* --- what to run --------------------------------------------------------------------------- */

static const char *find_env(const struct strv *env, const char *key)
{
	const char *found = NULL;

	STRV_FOREACH (pair, env) {
		const char *value = after_prefix(pair, key);

		if (value && *value == '=')
			found = value + 1;
	}
	return found;
}

/* The login shell of the user, called as one: "-bash". */
static void plan_shell(struct plan *p, const struct machine *m)
{
	cleanup_passwd_entry struct passwd_entry user = { 0 };
	const char *shell = "/bin/sh", *base;

	/* A user that only a name service of the container knows gets the shell that all have. */
	if (passwd_find_in_machine(m, p->user, &user) == 0 && user.shell[0] == '/')
		shell = user.shell;
	base = strrchr(shell, '/') + 1;
	p->path = xstrdup(shell);
	strv_addf(&p->argv, "-%s", base);
}

static void plan_command(struct plan *p, const struct exec_request *request)
{
	const char *command = request->argv[0];

	for (char *const *arg = request->argv; *arg; arg++)
		strv_add(&p->argv, *arg);
	if (command[0] == '/' || !strchr(command, '/'))
		p->path = xstrdup(command);
	else
		p->path = xasprintf("%s/%s", request->workdir ? request->workdir : "", command);
}

/* A system without a login service has no sessions either. */
static bool has_login_service(const struct machine *m)
{
	static const char *const paths[] = { "etc/pam.d/login", "usr/lib/pam.d/login" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (guest_look(m, paths[i], 0) >= 0)
			return true;
	}
	return false;
}

static void plan_init(struct plan *p, const struct exec_request *request, const struct machine *m)
{
	const char *term = getenv("TERM");

	p->user = request->user ? request->user : "root";
	if (request->tty && term)
		strv_addf(&p->env, "TERM=%s", term);
	if (request->env)
		strv_add_all(&p->env, request->env);
	p->login = request->login && has_login_service(m);
	p->search_path = find_env(&p->env, "PATH");
	if (request->argv && request->argv[0])
		plan_command(p, request);
	else
		plan_shell(p, m);
	p->description = xasprintf("sdme: %s", p->argv.v[0]);
	/* "-": should the home directory be missing, / will do. */
	p->workdir = xstrdup(request->workdir ? request->workdir : request->home ? "-~" : "/");
}

/* --- why it did not run -------------------------------------------------------------------- */

/* Whether the file can be executed as far as its first bytes tell: they are of a known kind. */
static bool looks_executable(const struct machine *m, const char *path)
{
	cleanup_close int fd = guest_open_file(m, path);
	char start[4];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !(st.st_mode & 0111))
		return false;
	return pread(fd, start, sizeof(start), 0) == sizeof(start) &&
	       memcmp(start, "\177ELF", sizeof(start)) == 0;
}

/* In a guest: 0 when something of this name is there and should have worked, -ENOENT, or -ENOEXEC. */
static int find_executable(const struct machine *m, void *userdata)
{
	const struct plan *p = userdata;
	cleanup_strv struct strv dirs = STRV_INIT;
	int r = -ENOENT;

	if (p->path[0] == '/')
		strv_add(&dirs, "");
	else
		strv_split(&dirs, p->search_path ? p->search_path : DEFAULT_PATH, ':');
	STRV_FOREACH (dir, &dirs) {
		cleanup_free char *path = xasprintf("%s/%s", dir, p->path);
		cleanup_close int fd = open_in_root(m->root_fd, path, O_PATH, 0);

		if (fd < 0)
			continue;
		if (looks_executable(m, path))
			return 0;
		r = -ENOEXEC;
	}
	return r;
}

static int refuse(int status, const struct plan *p, const char *what)
{
	log_error("cannot run '%s' in container '%s': %s", p->path, p->name, what);
	return status;
}

/* The manager's job failed, which it also does when the command is quick to fail. So its statuses
 * count only where the container shows that they can be meant. 0: the status is the command's. */
static int explain(struct plan *p, const struct machine *m, int status)
{
	cleanup_passwd_entry struct passwd_entry user = { 0 };
	int r;

	switch (status) {
	case SYSTEMD_EXEC:
		r = guest_run(m, find_executable, p);
		if (r == -ENOENT)
			return refuse(EXEC_NOT_FOUND, p, "there is no such command");
		return r < 0 ? refuse(EXEC_NOT_EXECUTABLE, p, "it is not executable") : 0;
	case SYSTEMD_CHDIR:
		if (guest_look(m, p->workdir, O_DIRECTORY) < 0)
			return refuse(EXEC_FAILED, p, "the working directory cannot be entered");
		return 0;
	case SYSTEMD_USER:
		if (passwd_find_in_machine(m, p->user, &user) == 0)
			return 0;
		log_error("container '%s' has no user '%s'", p->name, p->user);
		return EXEC_FAILED;
	case SYSTEMD_PAM:
		if (!p->login)
			return 0;
		return refuse(EXEC_FAILED, p, "the container refuses a session for this user");
	default:
		return 0;
	}
}

/* --- the exit status ----------------------------------------------------------------------- */

int exec_status(int code, int status)
{
	switch (code) {
	case CLD_EXITED:
		return status;
	case CLD_KILLED:
	case CLD_DUMPED:
		return EXEC_SIGNAL_BASE + status;
	default:
		return -1;
	}
}

/* No status: say why. */
static int lost(const struct plan *p, const struct attachment *a, int r)
{
	const char *result = a->unit.result ? a->unit.result : "no result";

	if (a->unit.error)
		log_error("the service manager of container '%s' refuses: %s", p->name,
			  a->unit.error);
	else if (r == -EILSEQ)
		log_error("the command, its arguments and its environment must be UTF-8 text");
	else if (r == -ESRCH)
		log_error("container '%s' ended before the command", p->name);
	else if (r == -ETIMEDOUT)
		log_error("the service manager of container '%s' does not answer", p->name);
	else if (r < 0)
		log_error_errno(r, "lost the service manager of container '%s'", p->name);
	else
		log_error(
			"the service manager of container '%s' does not tell how the command ended (%s)",
			p->name, result);
	return EXEC_FAILED;
}

static int final_status(struct plan *p, const struct attachment *a, int r, int relayed)
{
	static const char *const streams[] = { "read standard input", "write to standard output",
					       "write to standard error" };
	const struct transient *unit = &a->unit;
	int signo = a->signal ? a->signal : interrupted();
	int status = exec_status(unit->code, unit->status);

	if ((unit->refused || p->login) && unit->code == CLD_EXITED) {
		int reason = explain(p, a->machine, unit->status);

		if (reason > 0)
			return reason;
	}
	/* A command that ends itself on our signal has its own status; one that was ended, by the
	 * signal or by what the manager made of it, has that of the signal. */
	if (signo && unit->code != CLD_EXITED)
		return EXEC_SIGNAL_BASE + signo;
	if (status < 0)
		return lost(p, a, r);
	if (relayed == -EINTR)
		return EXEC_SIGNAL_BASE + signo;
	if (relayed < 0) {
		log_error_errno(relayed, "cannot %s", streams[a->relay.failed_fd]);
		return status == 0 ? EXEC_FAILED : status;
	}
	return status;
}

/* --- running it ---------------------------------------------------------------------------- */

/* What /dev/stdout leads to can be opened by its owner alone. A user that only a name service of the
 * container knows has to do without. */
static void give_pipes(const struct plan *p, const struct attachment *a)
{
	cleanup_passwd_entry struct passwd_entry user = { 0 };
	unsigned uid, gid;
	/* Root is known without a look into the container, which takes a process. */
	int r = streq(p->user, "root") ? 0 : passwd_find_in_machine(a->machine, p->user, &user);

	if (r >= 0)
		r = machine_map_id(a->machine, "uid_map", user.uid, &uid);
	if (r >= 0)
		r = machine_map_id(a->machine, "gid_map", user.gid, &gid);
	if (r >= 0)
		r = relay_give_pipes(&a->relay, uid, gid);
	if (r < 0)
		log_debug("the pipes of the command stay root's (%s)", strerror(-r));
}

static int open_stdio(struct plan *p, struct attachment *a, bool tty)
{
	unsigned number;
	int fd, r;

	if (!tty) {
		r = relay_open_pipes(&a->relay);
		if (r >= 0)
			give_pipes(p, a);
		return r < 0 ? log_error_errno(r, "cannot make pipes") : 0;
	}
	fd = guest_pty_open(a->machine, &number);
	if (fd < 0)
		return log_error_errno(fd, "cannot open a terminal in container '%s'", p->name);
	p->tty = xasprintf("/dev/pts/%u", number);
	r = relay_open_terminal(&a->relay, fd);
	return r < 0 ? log_error_errno(r, "cannot use the terminal") : 0;
}

static int attach(struct plan *p, struct attachment *a)
{
	const struct transient_spec spec = {
		.description = p->description,
		.user = p->user,
		.workdir = p->workdir,
		.env = &p->env,
		.search_path = p->search_path,
		.path = p->path,
		.argv = p->argv.v,
		.fds = a->relay.theirs,
		.tty = p->tty,
		.login = p->login,
	};
	int relayed, r;

	a->spec = &spec;
	r = attach_run(a, &relayed);
	return final_status(p, a, r, relayed);
}

/* Of what ended before there was a command. */
static int failure_status(void)
{
	return interrupted() ? EXEC_SIGNAL_BASE + interrupted() : EXEC_FAILED;
}

static int run(struct plan *p, const struct exec_request *request, const struct machine *m)
{
	cleanup_attachment struct attachment a = ATTACHMENT_INIT;
	int r;

	a.machine = m;
	plan_init(p, request, m);
	/* Not even names of files. */
	if (streq(p->path, "") || streq(p->path, ".") || streq(p->path, ".."))
		return refuse(EXEC_NOT_FOUND, p, "there is no such command");
	r = machine_wait_bus(m, now_usec() + BUS_LIMIT, &a.bus);
	if (r < 0) {
		log_error_errno(r, "cannot reach the service manager of container '%s'", p->name);
		return failure_status();
	}
	r = open_stdio(p, &a, request->tty);
	return r < 0 ? EXEC_FAILED : attach(p, &a);
}

/* What every process of a container with connectors is to find. A state that cannot be read has none. */
static void add_connectors(const struct store *s, struct plan *p)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *message = NULL, *dir = NULL;

	if (container_read(s, p->name, &c, &message) < 0)
		return;
	dir = connector_variable(&c);
	if (dir)
		strv_addf(&p->env, "SDME_CONNECTOR_DIR=%s", dir);
}

int container_exec(const struct store *s, const char *name, const struct exec_request *request)
{
	cleanup_machine struct machine m = MACHINE_INIT;
	struct plan plan = { .name = name };
	cleanup_bus sd_bus *bus = NULL;
	cleanup_free char *other = NULL;
	int r = bus_open_system(&bus);

	if (r < 0)
		return failure_status();
	r = machine_open(bus, name, &m);
	other = r < 0 ? NULL : owner_other(s, name);
	if (other)
		r = log_error_code(-EBUSY, "container '%s' is not running: the one that is belongs to the data directory '%s'", name, other);
	else if (r == -ESRCH)
		log_error("container '%s' is not running (sdme start %s boots it)", name, name);
	else if (r < 0)
		log_error_errno(r, "cannot find the processes of container '%s'", name);
	if (r < 0)
		return failure_status();
	bus_done_p(&bus);
	add_connectors(s, &plan);
	r = run(&plan, request, &m);
	plan_done(&plan);
	return r;
}

/* sdme-app-init(8) */
static void add_app_words(struct strv *argv, const char *app, const struct exec_request *request)
{
	static char shell[] = "/bin/sh", *const shell_argv[] = { shell, NULL };
	const char *term = getenv("TERM");

	strv_add(argv, APP_INIT_PATH);
	strv_add(argv, "--join");
	if (request->user)
		strv_addf(argv, "--user=%s", request->user);
	if (request->workdir)
		strv_addf(argv, "--workdir=%s", request->workdir);
	if (request->tty && term && *term)
		strv_addf(argv, "--env=TERM=%s", term);
	if (request->env) {
		STRV_FOREACH(env, request->env)
			strv_addf(argv, "--env=%s", env);
	}
	strv_add(argv, app);
	strv_add(argv, "--");
	for (char *const *word = request->argv ? request->argv : shell_argv; *word; word++)
		strv_add(argv, *word);
}

int container_exec_in_app(const struct store *s, const char *name, const char *app,
			  const struct exec_request *request)
{
	cleanup_strv struct strv argv = STRV_INIT;
	struct exec_request outer = { .tty = request->tty };

	add_app_words(&argv, app, request);
	outer.argv = argv.v;
	return container_exec(s, name, &outer);
}

int container_join(const struct store *s, const char *name, const char *user, char *const *argv)
{
	bool tty = isatty(0) && isatty(1);
	struct exec_request request = {
		.user = user,
		.argv = argv && argv[0] ? argv : NULL,
		.tty = tty,
		.login = tty,
		.home = true,
	};

	return container_exec(s, name, &request);
}
