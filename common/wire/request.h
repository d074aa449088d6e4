/* SPDX-License-Identifier: MIT */
/* request: what a client of a connector asks for, as it comes through a Unix socket: a frame (frame.h) with
 * its arguments, and its standard input, output and error by SCM_RIGHTS with any of the frame's bytes. */
#pragma once

#include "base/fdpass.h"
#include "base/strv.h"

struct request {
	struct strv argv;
	int fds[FDPASS_MAX]; /* close-on-exec */
	size_t n_fds;
};

/* Wait for it. -EBADMSG when it is none, or does not come with exactly three descriptors. What has come by
 * then stays open: this is for a process that becomes the command, or ends. Silent. */
int request_receive(int sock, struct request *q);
