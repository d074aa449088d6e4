/* SPDX-License-Identifier: MIT */
/* archive: unpack a tarball, compressed or not, that may be hostile.
 *
 * Two workers (host/worker.h), so that they run side by side: one without any privilege makes plain
 * bytes of compressed ones (decompress.h), the other makes files of them (untar.h). */
#pragma once

#include <poll.h>

#include "host/worker.h"
#include "layer/decompress.h"

/* Unpack what can be read from archive_fd, a file or a pipe, into the directory root_fd. name is
 * what messages call it. Logs. -EINTR after an interrupt. What was unpacked before a failure stays,
 * for the caller to remove. */
int archive_unpack(int archive_fd, int root_fd, const char *name);

/* The two at work. While it is still being written what they read, the caller feeds them and waits for their
 * end; this is seen at fds, by POLLHUP, when both have it. */
struct archive_run {
	struct worker reader, writer;
};

#define ARCHIVE_RUN_INIT { WORKER_INIT, WORKER_INIT }
#define cleanup_archive_run __attribute__((cleanup(archive_run_done)))

/* Start unpacking with a writer like untar(); spec is what is known of the stream, or NULL. What the workers
 * need has been loaded. Logs. */
int archive_start(int archive_fd, const struct decompress_spec *spec, int root_fd, worker_main write,
		  struct archive_run *ret);
/* For poll(2), with no events: they hang up. */
void archive_poll_fds(const struct archive_run *run, struct pollfd fds[2]);
/* Wait for the end of both. Warnings are logged with name in front; why it failed is left in
 * *ret_message, which the caller frees, but for -EINTR. */
int archive_finish(struct archive_run *run, const char *name, char **ret_message);
/* Whatever still runs is killed. */
void archive_run_done(struct archive_run *run);
