/* SPDX-License-Identifier: MIT */
#include "host/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/strbuf.h"

/* The host's /proc: in the container there may be anything in its place. */
static int host_proc_fd = -1;

/* --- in the child ------------------------------------------------------------------------- */

static int become_guest(const struct machine *m)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	host_proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host_proc_fd < 0)
		return -errno;
	/* The pid namespace is that of children only. */
	if (setns(m->pidfd, CLONE_NEWPID | CLONE_NEWNS | (m->userns ? CLONE_NEWUSER : 0)) < 0)
		return -errno;
	if (fchdir(m->root_fd) < 0 || chroot(".") < 0)
		return -errno;
	(void)setgroups(0, NULL);
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) < 0)
		return -errno;
	if (syscall(SYS_capset, &header, none) < 0)
		return -errno;
	/* Only now: new ids and capabilities reset it. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;
}

static void attr_noreturn child(const struct machine *m, guest_work work, void *userdata,
				pid_t parent)
{
	int r = become_guest(m);

	/* A parent that ended before PR_SET_PDEATHSIG is not seen to. */
	if (r >= 0 && getppid() != parent)
		r = -ESRCH;
	if (r >= 0)
		r = work(m, userdata);
	_exit(r < 0 ? -r : 0);
}

int guest_reopen(int path_fd, int flags)
{
	int fd = openat(host_proc_fd, fd_path(path_fd).path + strlen("/proc/"), flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int guest_open_file(const struct machine *m, const char *path)
{
	cleanup_close int fd = open_in_root(m->root_fd, path, O_PATH, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENOTSUP;
	return guest_reopen(fd, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

/* --- in the parent ------------------------------------------------------------------------ */

int guest_start(const struct machine *m, guest_work work, void *userdata, struct guest *ret)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		child(m, work, userdata, parent);
	if (pid < 0)
		return -errno;
	*ret = (struct guest){ .pid = pid,
			       .pidfd = pidfd_open(pid, 0),
			       .deadline = now_usec() + GUEST_LIMIT };
	if (ret->pidfd < 0) {
		int r = -errno;

		guest_kill(ret);
		return r;
	}
	return 0;
}

static int reap(struct guest *g)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)g->pid, &info, WEXITED) < 0 && errno == EINTR)
		;
	cleanup_close_p(&g->pidfd);
	*g = (struct guest)GUEST_INIT;
	return info.si_code == CLD_EXITED ? -info.si_status : -ETIMEDOUT;
}

void guest_kill(struct guest *g)
{
	if (g->pid <= 0)
		return;
	kill(g->pid, SIGKILL);
	(void)reap(g);
}

bool guest_has_ended(const struct guest *g)
{
	struct pollfd p = { .fd = g->pidfd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

int guest_finish(struct guest *g)
{
	struct pollfd p = { .fd = g->pidfd, .events = POLLIN };
	int r = interrupt_poll(&p, 1, g->deadline);

	if (r >= 0)
		return reap(g);
	guest_kill(g);
	return r;
}

int guest_run(const struct machine *m, guest_work work, void *userdata)
{
	struct guest g = GUEST_INIT;
	int r = guest_start(m, work, userdata, &g);

	return r < 0 ? r : guest_finish(&g);
}

/* --- looks -------------------------------------------------------------------------------- */

struct look {
	const char *path;
	int flags;
};

static int look(const struct machine *m, void *userdata)
{
	const struct look *l = userdata;
	cleanup_close int fd = open_in_root(m->root_fd, l->path, l->flags, 0);

	return fd < 0 ? fd : 0;
}

int guest_look(const struct machine *m, const char *path, int flags)
{
	struct look l = { path, O_PATH | flags };

	return guest_run(m, look, &l);
}

struct reading {
	const char *path;
	size_t max;
	int fds[2]; /* a pipe */
};

static int copy_file(const struct machine *m, void *userdata)
{
	const struct reading *reading = userdata;
	cleanup_close int fd = guest_open_file(m, reading->path);
	cleanup_free char *buf = xmalloc(PIPE_BUF);
	size_t left = reading->max + 1; /* the one too many tells the reader */

	if (fd < 0)
		return fd;
	while (left > 0) {
		ssize_t n = read(fd, buf, left < PIPE_BUF ? left : PIPE_BUF);
		int r = n < 0 ? -errno : write_all(reading->fds[1], buf, (size_t)n);

		if (r < 0 || n == 0)
			return r;
		left -= (size_t)n;
	}
	return 0;
}

static int read_pipe(int fd, usec_t deadline, struct strbuf *text)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int r = interrupt_poll(&p, 1, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = read(fd, strbuf_reserve(text, 65536), 65536);
		if (n <= 0)
			return n < 0 ? -errno : 0;
		text->len += (size_t)n;
		text->buf[text->len] = '\0';
	}
}

int guest_read_file(const struct machine *m, const char *path, size_t max, char **ret_text)
{
	struct reading reading = { .path = path, .max = max };
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct guest g = GUEST_INIT;
	int r, r2;

	if (pipe2(reading.fds, O_CLOEXEC) < 0)
		return -errno;
	r = guest_start(m, copy_file, &reading, &g);
	close(reading.fds[1]);
	if (r >= 0)
		r = read_pipe(reading.fds[0], g.deadline, &text);
	close(reading.fds[0]);
	if (r < 0) {
		guest_kill(&g);
		return r;
	}
	r2 = guest_finish(&g);
	if (r2 < 0)
		return r2;
	if (text.len > max)
		return -EFBIG;
	strbuf_reserve(&text, 0);
	if (memchr(text.buf, '\0', text.len))
		return -EINVAL;
	*ret_text = strbuf_detach(&text);
	return 0;
}
