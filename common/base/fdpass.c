/* SPDX-License-Identifier: MIT */
#include "base/fdpass.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FDPASS_MAX * sizeof(int))];
};

ssize_t fdpass_send(int sock, const void *data, size_t len, const int *fds, size_t n_fds)
{
	union control control = { 0 };
	struct iovec io = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = CMSG_SPACE(n_fds * sizeof(int)) };
	ssize_t n;

	assert(n_fds > 0 && n_fds <= FDPASS_MAX);
	*CMSG_FIRSTHDR(&m) = (struct cmsghdr){ .cmsg_len = CMSG_LEN(n_fds * sizeof(int)),
					       .cmsg_level = SOL_SOCKET,
					       .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, n_fds * sizeof(int));
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Those of all headers, to fds as far as there is room. Returns how many there were. */
static size_t take_fds(struct msghdr *m, int fds[FDPASS_MAX])
{
	size_t n = 0;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		size_t n_bytes = h->cmsg_len - CMSG_LEN(0);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= n_bytes; at += sizeof(int), n++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + at, sizeof(fd));
			if (n < FDPASS_MAX)
				fds[n] = fd;
			else
				close(fd);
		}
	}
	return n;
}

ssize_t fdpass_receive(int sock, void *data, size_t len, int fds[FDPASS_MAX], size_t *ret_n)
{
	union control control = { 0 };
	struct iovec io = { .iov_base = data, .iov_len = len };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n;

	*ret_n = 0;
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_n = take_fds(&m, fds);
	/* The kernel has closed those for which there was no room. */
	if (!(m.msg_flags & MSG_CTRUNC) && *ret_n <= FDPASS_MAX)
		return n;
	for (size_t i = 0; i < *ret_n && i < FDPASS_MAX; i++)
		close(fds[i]);
	*ret_n = 0;
	return -EBADMSG;
}
