/* SPDX-License-Identifier: MIT */
#include "host/guestpty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "host/guest.h"

/* linux/major.h: TTYAUX_MAJOR, and the minor number of /dev/ptmx. */
#define PTMX_MAJOR 5
#define PTMX_MINOR 2

/* Opening a device can do anything, so it must be this one. */
static int check_ptmx(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR) ||
	    fs.f_type != DEVPTS_SUPER_MAGIC)
		return -ENODEV;
	return 0;
}

static int send_fd(int sock, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec io = { .iov_base = (char[]){ 0 }, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	*CMSG_FIRSTHDR(&m) = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
					       .cmsg_level = SOL_SOCKET,
					       .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof(fd));
	return sendmsg(sock, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int receive_fd(int sock)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec io = { .iov_base = (char[]){ 0 }, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	if (!CMSG_FIRSTHDR(&m) || CMSG_FIRSTHDR(&m)->cmsg_len != CMSG_LEN(sizeof(int)))
		return -EBADMSG;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

/* With the ids of the container's root: a terminal that belonged to an id which the container does not
 * have would be of no use in it. */
static int open_master(const struct machine *m, void *userdata)
{
	const int *sock = userdata;
	cleanup_close int path_fd = open_in_root(m->root_fd, "dev/pts/ptmx", O_PATH, 0), fd = -1;
	int r = path_fd < 0 ? path_fd : check_ptmx(path_fd);

	if (r < 0)
		return r;
	fd = guest_reopen(path_fd, O_RDWR | O_NOCTTY);
	return fd < 0 ? fd : send_fd(*sock, fd);
}

int guest_pty_open(const struct machine *m, unsigned *ret_number)
{
	cleanup_close int fd = -1;
	int socks[2], unlock = 0, r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	r = guest_run(m, open_master, &socks[1]);
	if (r >= 0)
		r = fd = receive_fd(socks[0]);
	close(socks[0]);
	close(socks[1]);
	if (r < 0)
		return r;
	if (ioctl(fd, TIOCSPTLCK, &unlock) < 0 || ioctl(fd, TIOCGPTN, ret_number) < 0)
		return -errno;
	return TAKE_FD(fd);
}
