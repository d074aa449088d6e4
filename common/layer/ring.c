/* SPDX-License-Identifier: MIT */
#include "layer/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"

#define MEMORY_SIZE ((size_t)RING_BLOCKS * RING_BLOCK)

int ring_new(struct ring *ret)
{
	cleanup_ring struct ring r = RING_INIT;
	void *memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return log_error_errno(-errno, "cannot share memory");
	r.memory = memory;
	if (pipe2(r.filled, O_CLOEXEC) < 0 || pipe2(r.free, O_CLOEXEC) < 0)
		return log_error_errno(-errno, "cannot make a pipe");
	*ret = r;
	r = (struct ring)RING_INIT;
	return 0;
}

void ring_done(struct ring *r)
{
	if (r->memory)
		munmap(r->memory, MEMORY_SIZE);
	for (int i = 0; i < 2; i++) {
		cleanup_close_p(&r->filled[i]);
		cleanup_close_p(&r->free[i]);
	}
	*r = (struct ring)RING_INIT;
}

struct ring_end ring_end(const struct ring *r, int filled_fd, const int *free_fd)
{
	if (!r)
		return (struct ring_end){ .filled_fd = filled_fd, .free_fd = -1 };
	return (struct ring_end){ .memory = r->memory, .filled_fd = filled_fd, .free_fd = *free_fd };
}

static char *block_at(const struct ring_end *e)
{
	return e->memory + (size_t)e->at * RING_BLOCK;
}

static void advance(struct ring_end *e)
{
	e->at = (e->at + 1) % RING_BLOCKS;
}

/* Negative errno. */
static ssize_t read_retrying(int fd, void *data, size_t size)
{
	ssize_t n;

	do
		n = read(fd, data, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

void *ring_room(struct ring_end *e)
{
	char freed[RING_BLOCKS];
	ssize_t n;

	if (e->n_used < RING_BLOCKS)
		return block_at(e);
	n = read_retrying(e->free_fd, freed, sizeof(freed));
	if (n <= 0) {
		errno = n < 0 ? (int)-n : EPIPE;
		return NULL;
	}
	e->n_used -= (unsigned)n;
	return block_at(e);
}

/* Fewer than PIPE_BUF bytes are written and read whole: pipe(7). */
int ring_put(struct ring_end *e, size_t n)
{
	uint32_t size = (uint32_t)n;
	int r = write_all(e->filled_fd, &size, sizeof(size));

	if (r < 0)
		return r;
	e->n_used++;
	advance(e);
	return 0;
}

ssize_t ring_get(struct ring_end *e, void *block)
{
	uint32_t size;
	ssize_t n;

	if (!e->memory)
		return read_retrying(e->filled_fd, block, RING_BLOCK);
	n = read_retrying(e->filled_fd, &size, sizeof(size));
	if (n <= 0)
		return n;
	if (n != sizeof(size) || size == 0 || size > RING_BLOCK)
		return -EBADMSG;
	memcpy(block, block_at(e), size);
	advance(e);
	/* Who has written everything does not wait to hear of it. */
	n = write_all(e->free_fd, "", 1);
	return n < 0 && n != -EPIPE ? n : (ssize_t)size;
}
