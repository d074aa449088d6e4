/* SPDX-License-Identifier: MIT */
#include "disk/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "disk/qcow2.h"
#include "host/worker.h"
#include "layer/decompress.h"

#define SIZE_MAX_BYTES QCOW2_SIZE_MAX
#define PIPE_SIZE (1024 * 1024)
#define BLOCK 4096
/* What is left of the disk for others: a twentieth, but no more than this. */
#define RESERVE_MAX (64ULL * 1024 * 1024)

/* --- a sparse file; in a worker ----------------------------------------------------------- */

struct sparse {
	int fd;
	uint64_t room; /* bytes that it may still take */
	const struct worker_report *report;
};

static struct sparse sparse_start(int fd, const struct worker_report *report)
{
	struct sparse s = { fd, 0, report };
	struct statvfs v;

	if (fstatvfs(fd, &v) == 0) {
		uint64_t all = (uint64_t)v.f_blocks * v.f_frsize,
			 left = (uint64_t)v.f_bavail * v.f_frsize;
		uint64_t reserve = all / 20 < RESERVE_MAX ? all / 20 : RESERVE_MAX;

		/* Some file systems count nothing: then they say themselves when they are full. */
		s.room = all == 0 ? UINT64_MAX : left > reserve ? left - reserve : 0;
	}
	return s;
}

static int no_room(const struct sparse *s)
{
	return worker_error(s->report,
			    "it needs more room than there is on the disk of the data directory");
}

static int sparse_pwrite(struct sparse *s, const unsigned char *p, size_t n, uint64_t offset)
{
	if (n > s->room)
		return no_room(s);
	s->room -= n;
	while (n > 0) {
		ssize_t put = pwrite(s->fd, p, n, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
			return no_room(s);
		if (put < 0)
			return worker_error(s->report,
					    "cannot write what is in it to the data directory: %s",
					    strerror(errno));
		p += put;
		n -= (size_t)put;
		offset += (uint64_t)put;
	}
	return 0;
}

static bool is_zero(const unsigned char *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* Blocks of zeros stay holes. */
static int sparse_write(struct sparse *s, const unsigned char *p, size_t n, uint64_t offset)
{
	size_t start = 0, i = 0;
	int r = 0;

	while (r >= 0 && i < n) {
		size_t block = n - i < BLOCK ? n - i : BLOCK;

		if (is_zero(p + i, block)) {
			if (i > start)
				r = sparse_pwrite(s, p + start, i - start, offset + start);
			start = i + block;
		}
		i += block;
	}
	return r < 0 || start >= n ? r : sparse_pwrite(s, p + start, n - start, offset + start);
}

static int sparse_end(struct sparse *s, uint64_t size)
{
	if (ftruncate(s->fd, (off_t)size) < 0)
		return worker_error(s->report,
				    "cannot make a file of %llu bytes in the data directory: %s",
				    (unsigned long long)size, strerror(errno));
	return 0;
}

/* Fill the buffer from a pipe: fewer bytes at its end only. */
static ssize_t fill(int fd, unsigned char *buffer, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = read(fd, buffer + have, n - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

/* --- the workers' work -------------------------------------------------------------------- */

/* From the pipe fds[0] into the file fds[1]. */
static int write_plain(const int *fds, const struct worker_report *report)
{
	struct sparse s = sparse_start(fds[1], report);
	cleanup_free unsigned char *buffer = xmalloc(PIPE_SIZE);
	uint64_t offset = 0;
	ssize_t n;

	while ((n = fill(fds[0], buffer, PIPE_SIZE)) > 0) {
		if (offset + (uint64_t)n > SIZE_MAX_BYTES)
			return worker_error(report, "what is in it is larger than 16 TiB");
		if (sparse_write(&s, buffer, (size_t)n, offset) < 0)
			return -EIO;
		offset += (uint64_t)n;
	}
	if (n < 0)
		return worker_error(report, "cannot read what was decompressed: %s",
				    strerror((int)-n));
	return sparse_end(&s, offset);
}

/* From the image fds[0] into the file fds[1]. */
static int write_qcow2(const int *fds, const struct worker_report *report)
{
	cleanup_(qcow2_free_p) struct qcow2 *q = qcow2_new(fds[0]);
	struct sparse s = sparse_start(fds[1], report);
	cleanup_free unsigned char *buffer = xmalloc(QCOW2_CLUSTER_MAX);
	uint64_t start, end = 0;
	int r;

	if (qcow2_is_dirty(q) && !qcow2_wrong(q))
		worker_warning(
			report,
			"the image was not closed properly: its last changes may be missing");
	while ((r = qcow2_next_data(q, end, &start, &end)) > 0) {
		if (qcow2_read(q, start, buffer, (size_t)(end - start)) < 0)
			break;
		if (sparse_write(&s, buffer, (size_t)(end - start), start) < 0)
			return -EIO;
	}
	if (qcow2_wrong(q))
		return worker_error(report, "%s", qcow2_wrong(q));
	return sparse_end(&s, qcow2_size(q));
}

/* --- in the parent ------------------------------------------------------------------------ */

static int new_file(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd < 0 ? log_error_errno(-errno, "cannot make a file in the data directory")
			      : fd;
	/* Some file systems cannot. Who is killed between these two leaves a file in a staged directory, which
	 * is cleared away. */
	fd = openat(dir_fd, ".spool", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || unlinkat(dir_fd, ".spool", 0) < 0)
		return log_error_errno(-errno, "cannot make a file in the data directory");
	return fd;
}

/* A pipe with a worker at the end that is written to. */
static int start_decompress(int from_fd, struct worker *w, int *ret_fd)
{
	int pipe_fds[2], r = decompress_load();

	if (r < 0)
		return r;
	if (lseek(from_fd, 0, SEEK_SET) < 0 || pipe2(pipe_fds, O_CLOEXEC) < 0)
		return log_error_errno(-errno, "cannot read a compressed file");
	(void)fcntl(pipe_fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	w->max_memory = DECOMPRESS_MEMORY_MAX;
	r = worker_start(w, decompress, (const int[]){ from_fd, pipe_fds[1] }, 2, 0);
	close(pipe_fds[1]);
	*ret_fd = pipe_fds[0];
	return r;
}

ssize_t spool_peek(int from_fd, unsigned char *head, size_t n)
{
	cleanup_worker struct worker w = WORKER_INIT;
	cleanup_close int pipe_fd = -1;
	ssize_t got = start_decompress(from_fd, &w, &pipe_fd);

	if (got >= 0)
		got = fill(pipe_fd, head, n);
	(void)lseek(from_fd, 0, SEEK_SET);
	return got;
}

static int failed(int r, const char *name, const struct worker *first, const struct worker *second)
{
	const char *why = first->error              ? first->error
			  : second && second->error ? second->error
						    : "no reason";

	return r == -EINTR ? r
			   : log_error_code(r, "cannot read the disk image '%s': %s", name, why);
}

int spool_decompress(int from_fd, int dir_fd, const char *name)
{
	cleanup_worker struct worker reader = WORKER_INIT, writer = WORKER_INIT;
	cleanup_close int pipe_fd = -1, to_fd = new_file(dir_fd);
	int r = to_fd, from_writer;

	if (r >= 0)
		r = start_decompress(from_fd, &reader, &pipe_fd);
	if (r >= 0)
		r = worker_start(&writer, write_plain, (const int[]){ pipe_fd, to_fd }, 2, 0);
	if (r < 0)
		return r;
	close(TAKE_FD(pipe_fd)); /* else the reader would never learn that the writer has gone */
	r = worker_wait(&reader, name);
	from_writer = r == -EINTR ? r : worker_wait(&writer, name);
	if (r >= 0 || from_writer == -EINTR)
		r = from_writer;
	return r < 0 ? failed(r, name, &reader, &writer) : TAKE_FD(to_fd);
}

int spool_pipe(int pipe_fd, int dir_fd, const char *name)
{
	cleanup_worker struct worker writer = WORKER_INIT;
	cleanup_close int from_fd = pipe_fd, to_fd = new_file(dir_fd);
	int r = to_fd;

	if (r >= 0)
		r = worker_start(&writer, write_plain, (const int[]){ from_fd, to_fd }, 2, 0);
	if (r < 0)
		return r;
	close(TAKE_FD(from_fd)); /* else whoever fills it would never learn that the writer has gone */
	r = worker_wait(&writer, name);
	return r < 0 ? failed(r, name, &writer, NULL) : TAKE_FD(to_fd);
}

int spool_qcow2(int from_fd, int dir_fd, const char *name)
{
	cleanup_worker struct worker w = WORKER_INIT;
	cleanup_close int to_fd = -1;
	int r = qcow2_load();

	if (r < 0)
		return r;
	to_fd = new_file(dir_fd);
	if (to_fd < 0)
		return to_fd;
	r = worker_start(&w, write_qcow2, (const int[]){ from_fd, to_fd }, 2, 0);
	if (r < 0)
		return r;
	r = worker_wait(&w, name);
	return r < 0 ? failed(r, name, &w, NULL) : TAKE_FD(to_fd);
}
