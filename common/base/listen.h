/* SPDX-License-Identifier: MIT */
/* listen: the socket that systemd listens on for us, as of sd_listen_fds(3), without its library: for
 * programs that run where there is none. */
#pragma once

/* The only descriptor that was passed, a listening stream socket of Unix (Accept=no). It is close-on-exec and
 * does not block, and the environment that told of it is gone. -EINVAL when there is none. Logs. */
int listen_take_fd(void);
