/* SPDX-License-Identifier: MIT */
/* fdpass: descriptors that go through a Unix socket with some bytes, SCM_RIGHTS of unix(7). Silent. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* At a time. */
#define FDPASS_MAX 3

/* Send the descriptors with the first of the bytes: how many of these went out, at least one. There is no
 * SIGPIPE: -EPIPE. */
ssize_t fdpass_send(int sock, const void *data, size_t len, const int *fds, size_t n_fds);

/* Receive bytes, and the descriptors that come with them: they are close-on-exec, and the caller's. *ret_n
 * is how many. The number of bytes, 0 at the end; -EBADMSG when more than FDPASS_MAX come, of which none is
 * left open. */
ssize_t fdpass_receive(int sock, void *data, size_t len, int fds[FDPASS_MAX], size_t *ret_n);
