/* SPDX-License-Identifier: MIT */
#include "layer/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "layer/decompress.h"
#include "layer/ring.h"
#include "layer/untar.h"

int archive_start(int archive_fd, const struct decompress_spec *spec, int root_fd, worker_main write,
		  struct archive_run *ret)
{
	cleanup_archive_run struct archive_run run = ARCHIVE_RUN_INIT;
	cleanup_ring struct ring ring = RING_INIT;
	struct decompress_spec in = spec ? *spec : (struct decompress_spec)DECOMPRESS_SPEC_INIT;
	int r = ring_new(&ring);

	if (r < 0)
		return r;
	in.ring = &ring;
	run.reader.arg = &in;
	run.reader.max_memory = DECOMPRESS_MEMORY_MAX;
	r = worker_start(&run.reader, decompress, (const int[]){ archive_fd, ring.filled[1], ring.free[0] }, 3, 0);
	run.writer.arg = &ring;
	if (r >= 0)
		r = worker_start(&run.writer, write, (const int[]){ ring.filled[0], root_fd, ring.free[1] }, 3,
				 UNTAR_CAPABILITIES);
	if (r < 0)
		return r;
	*ret = run;
	run = (struct archive_run)ARCHIVE_RUN_INIT;
	return 0;
}

void archive_poll_fds(const struct archive_run *run, struct pollfd fds[2])
{
	fds[0] = (struct pollfd){ .fd = run->reader.report_fd };
	fds[1] = (struct pollfd){ .fd = run->writer.report_fd };
}

int archive_finish(struct archive_run *run, const char *name, char **ret_message)
{
	struct worker *reader = &run->reader, *writer = &run->writer;
	int r = worker_wait(reader, name), from_writer;

	from_writer = r == -EINTR ? r : worker_wait(writer, name);
	if (r == -EINTR || from_writer == -EINTR)
		return -EINTR;
	/* When the reader fails, the writer sees too early an end: the reader's is the reason. */
	if (r >= 0)
		r = from_writer;
	if (r < 0)
		*ret_message = xstrdup(reader->error   ? reader->error
				       : writer->error ? writer->error
						       : "no reason");
	return r;
}

void archive_run_done(struct archive_run *run)
{
	worker_done(&run->reader);
	worker_done(&run->writer);
}

int archive_unpack(int archive_fd, int root_fd, const char *name)
{
	cleanup_archive_run struct archive_run run = ARCHIVE_RUN_INIT;
	cleanup_free char *message = NULL;
	int r = decompress_load();

	if (r >= 0)
		r = archive_start(archive_fd, NULL, root_fd, untar, &run);
	if (r < 0)
		return r;
	r = archive_finish(&run, name, &message);
	return message ? log_error_code(r, "cannot unpack '%s': %s", name, message) : r;
}
