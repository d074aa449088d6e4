/* SPDX-License-Identifier: MIT */
#include "base/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"

/* linux/mem.c: the null device. */
#define NULL_MAJOR 1
#define NULL_MINOR 3

/* A null device that was opened for this direction. One opened for the other stands for a closed
 * descriptor, and using it has to fail. */
static bool is_null_device(int fd, const struct stat *st)
{
	int mode = fcntl(fd, F_GETFL) & O_ACCMODE;

	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(NULL_MAJOR, NULL_MINOR) &&
	       (mode == O_RDWR || mode == (fd == 0 ? O_RDONLY : O_WRONLY));
}

static int open_pump(struct relay *r, int fd)
{
	int ours, ends[2], flag = fd == 0 ? 1 : 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	/* Only our end: the command's is its own open file, and blocks as it expects. */
	if (fcntl(ends[flag], F_SETFL, O_NONBLOCK) < 0)
		ours = -errno;
	else
		ours = reopen_nonblocking(fd, fd == 0 ? O_RDONLY : O_WRONLY);
	if (ours < 0) {
		close(ends[0]);
		close(ends[1]);
		return ours;
	}
	if (fd == 0)
		pump_start(&r->pumps[fd], ours, ends[1]);
	else
		pump_start(&r->pumps[fd], ends[0], ours);
	r->theirs[fd] = ends[1 - flag];
	return 0;
}

/* A pump reads ahead of the command. Set the position in a file back to where the command stopped, as
 * if it had read the file itself: "while read name; do ssh host ...; done < names" depends on
 * it. For that our own copy of the command's end is kept. */
static void rewind_input(struct relay *r)
{
	const struct pump *p = &r->pumps[0];
	int in_pipe = 0;

	if (r->unread_fd < 0 || ioctl(r->unread_fd, FIONREAD, &in_pipe) < 0)
		return;
	(void)lseek(0, -(off_t)in_pipe - (off_t)(p->end - p->start), SEEK_CUR);
}

int relay_open_pipes(struct relay *r)
{
	struct stat st[3];

	for (int fd = 0; fd < 3; fd++) {
		int error = 0;

		if (fstat(fd, &st[fd]) < 0)
			return -errno;
		if (is_null_device(fd, &st[fd]))
			continue;
		if (fd == 0 && S_ISFIFO(st[fd].st_mode)) {
			r->theirs[fd] = fd;
			r->borrowed[fd] = true;
		} else if (fd == 2 && st[1].st_dev == st[2].st_dev && st[1].st_ino == st[2].st_ino &&
			   r->theirs[1] >= 0) {
			/* One file, one pipe: what is written to both keeps its order. */
			r->theirs[2] = r->theirs[1];
			r->borrowed[2] = true;
		} else {
			error = open_pump(r, fd);
			if (fd == 0 && error >= 0 && S_ISREG(st[fd].st_mode))
				r->unread_fd = fcntl(r->theirs[fd], F_DUPFD_CLOEXEC, 3);
		}
		if (error < 0)
			return error;
	}
	return 0;
}

/* A pipe without a name is reached through those that have it open, who may as well open it again. */
static int share_input(void)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(0, &fs) < 0 || fstat(0, &st) < 0)
		return -errno;
	if (fs.f_type != PIPEFS_MAGIC)
		return 0;
	return fchmod(0, (st.st_mode & 07777) | 0444) < 0 ? -errno : 0;
}

int relay_give_pipes(const struct relay *r, uid_t uid, gid_t gid)
{
	for (int fd = 0; fd < 3; fd++) {
		if (r->theirs[fd] >= 0 && !r->borrowed[fd] && fchown(r->theirs[fd], uid, gid) < 0)
			return -errno;
	}
	return r->borrowed[0] ? share_input() : 0;
}

void relay_close_theirs(struct relay *r)
{
	for (int fd = 0; fd < 3; fd++) {
		if (!r->borrowed[fd])
			cleanup_close_p(&r->theirs[fd]);
		r->theirs[fd] = -1;
	}
}

/* --- terminals ---------------------------------------------------------------------------- */

/* Somebody has hung the terminal up (vhangup(2), as login does) and others go on using it. While we
 * have the other side open, it never looks unused. */
static bool revive(struct relay *r)
{
	cleanup_close_p(&r->slave_fd);
	r->slave_fd = ioctl(r->master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return r->slave_fd >= 0;
}

static bool revive_output(void *userdata, bool input)
{
	return !input && revive(userdata);
}

/* The other side is our own terminal: hung up, it stays so. */
static bool revive_input(void *userdata, bool input)
{
	return input && revive(userdata);
}

static bool watch_keys(void *userdata, const char *data, size_t n)
{
	struct relay *r = userdata;

	if (!r->keys)
		return true;
	if (terminal_escape_feed(&r->escape, data, n, now_usec()))
		r->left = true;
	return !r->left;
}

static int start_pump(struct pump *p, int from_fd, int to_fd)
{
	int in_fd = from_fd, out_fd = to_fd;

	if (in_fd < 0 || out_fd < 0) {
		int error = in_fd < 0 ? in_fd : out_fd;

		cleanup_close_p(&in_fd);
		cleanup_close_p(&out_fd);
		return error;
	}
	pump_start(p, in_fd, out_fd);
	return 0;
}

static int duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return copy < 0 ? -errno : copy;
}

int relay_open_terminal(struct relay *r, int master_fd)
{
	int error;

	r->master_fd = master_fd;
	if (fcntl(master_fd, F_SETFL, O_NONBLOCK) < 0 || !revive(r))
		return -errno;
	terminal_copy_keys(0, r->slave_fd);
	terminal_copy_size(0, 1, master_fd);
	error = start_pump(&r->pumps[0], reopen_nonblocking(0, O_RDONLY), duplicate(master_fd));
	if (error >= 0)
		error = start_pump(&r->pumps[1], duplicate(master_fd),
				   reopen_nonblocking(1, O_WRONLY));
	if (error < 0)
		return error;
	r->keys = isatty(0);
	r->pumps[0].filter = watch_keys;
	r->pumps[0].epilogue = r->keys ? NULL : "\004"; /* ^D: the end of what was piped in */
	r->pumps[0].revive = revive_output;
	r->pumps[1].revive = revive_input;
	r->pumps[0].userdata = r->pumps[1].userdata = r;
	return terminal_raw(0, 1);
}

void relay_refresh_terminal(struct relay *r)
{
	if (r->master_fd < 0)
		return;
	(void)terminal_raw(0, 1);
	terminal_copy_size(0, 1, r->master_fd);
}

/* --- the loop ----------------------------------------------------------------------------- */

void relay_prepare(const struct relay *r, struct pollfd fds[RELAY_FDS])
{
	for (int i = 0; i < 3; i++)
		pump_prepare(&r->pumps[i], fds + 2 * i);
}

void relay_run(struct relay *r, const struct pollfd fds[RELAY_FDS])
{
	for (int i = 0; i < 3; i++)
		pump_run(&r->pumps[i], fds + 2 * i);
	/* A raw terminal has no end but a hang-up, and SIGHUP comes only from a controlling one. */
	if (r->keys && pump_is_done(&r->pumps[0]))
		r->left = true;
}

static void note_failure(struct relay *r, int fd, int *error)
{
	int e = r->pumps[fd].error;

	if (e == 0 || e == -EPIPE || (fd == 0 && e == -EBADF))
		return;
	r->failed_fd = fd;
	*error = e;
}

void relay_finish(struct relay *r)
{
	rewind_input(r);
	pump_done(&r->pumps[0]);
	pump_finish(&r->pumps[1]);
	pump_finish(&r->pumps[2]);
}

bool relay_is_done(const struct relay *r)
{
	return pump_is_done(&r->pumps[1]) && pump_is_done(&r->pumps[2]);
}

int relay_result(struct relay *r)
{
	int error = 0;

	for (int fd = 0; fd < 3; fd++)
		note_failure(r, fd, &error);
	return error;
}

void relay_done(struct relay *r)
{
	relay_close_theirs(r);
	for (int i = 0; i < 3; i++)
		pump_done(&r->pumps[i]);
	cleanup_close_p(&r->master_fd);
	cleanup_close_p(&r->slave_fd);
	cleanup_close_p(&r->unread_fd);
	r->master_fd = r->slave_fd = r->unread_fd = -1;
	terminal_restore();
}
