/* SPDX-License-Identifier: MIT */
#include "layer/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "host/worker.h"
#include "layer/decompress.h"
#include "layer/untar.h"

/* Room for one side to run ahead of the other; the most that is allowed to everybody. */
#define PIPE_SIZE (1024 * 1024)

static int start_workers(int archive_fd, int root_fd, worker_main write, struct worker *reader,
			 struct worker *writer)
{
	int pipe_fds[2], r;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return log_error_errno(-errno, "cannot make a pipe");
	(void)fcntl(pipe_fds[1], F_SETPIPE_SZ, PIPE_SIZE); /* slower without, no worse */
	r = worker_start(reader, decompress, (const int[]){ archive_fd, pipe_fds[1] }, 2, 0);
	if (r >= 0)
		r = worker_start(writer, write, (const int[]){ pipe_fds[0], root_fd }, 2, UNTAR_CAPABILITIES);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return r;
}

int archive_run(int archive_fd, const struct decompress_spec *spec, int root_fd, worker_main write,
		const void *arg, const char *name)
{
	cleanup_worker struct worker reader = WORKER_INIT, writer = WORKER_INIT;
	int r, from_writer;

	reader.arg = spec;
	reader.max_memory = DECOMPRESS_MEMORY_MAX;
	writer.arg = arg;
	r = start_workers(archive_fd, root_fd, write, &reader, &writer);
	if (r < 0)
		return r;
	/* When the reader fails, the writer sees too early an end: the reader's is the reason. */
	r = worker_wait(&reader, name);
	from_writer = r == -EINTR ? r : worker_wait(&writer, name);
	if (r == -EINTR || from_writer == -EINTR)
		return -EINTR;
	if (r >= 0)
		r = from_writer;
	if (r < 0)
		return log_error_code(r, "cannot unpack '%s': %s", name,
				      reader.error   ? reader.error
				      : writer.error ? writer.error
						     : "no reason");
	return 0;
}

int archive_unpack(int archive_fd, int root_fd, const char *name)
{
	int r = decompress_load();

	return r < 0 ? r : archive_run(archive_fd, NULL, root_fd, untar, NULL, name);
}
