/* SPDX-License-Identifier: MIT */
#include "base/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/parse.h"

/* sd_listen_fds(3): the first descriptor that is passed. */
#define LISTEN_FD 3

static bool is_listening(int fd)
{
	int type = 0, domain = 0, listens = 0;
	socklen_t n = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens;
}

int listen_take_fd(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t n = 0, our = 0;
	int flags;

	if (!pid || !fds || parse_u64(pid, 1, INT32_MAX, &our) < 0 || (pid_t)our != getpid() ||
	    parse_u64(fds, 1, 1, &n) < 0 || !is_listening(LISTEN_FD))
		return log_error_code(-EINVAL, "there is no socket to listen on; systemd starts this program for one");
	flags = fcntl(LISTEN_FD, F_GETFL);
	if (flags < 0 || fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(LISTEN_FD, F_SETFL, flags | O_NONBLOCK) < 0)
		return log_error_errno(-errno, "cannot use the socket");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return LISTEN_FD;
}
