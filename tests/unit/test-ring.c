/* SPDX-License-Identifier: MIT */
/* What one process puts into a ring another one gets, and either sees that the other has gone. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "layer/ring.h"

#define N_BLOCKS (RING_BLOCKS * 3 + 1)

static char block[RING_BLOCK];

static struct ring_end writer_of(const struct ring *r)
{
	return ring_end(r, r->filled[1], &r->free[0]);
}

static struct ring_end reader_of(const struct ring *r)
{
	return ring_end(r, r->filled[0], &r->free[1]);
}

static void close_reader(struct ring *r)
{
	cleanup_close_p(&r->filled[0]);
	cleanup_close_p(&r->free[1]);
	r->filled[0] = r->free[1] = -1;
}

static void close_writer(struct ring *r)
{
	cleanup_close_p(&r->filled[1]);
	cleanup_close_p(&r->free[0]);
	r->filled[1] = r->free[0] = -1;
}

/* Of other lengths and other bytes each. */
static size_t length_of(unsigned i)
{
	return i % 3 == 0 ? RING_BLOCK : 1 + i * 1237 % RING_BLOCK;
}

static void write_blocks(struct ring *r)
{
	struct ring_end e = writer_of(r);

	close_reader(r);
	for (unsigned i = 0; i < N_BLOCKS; i++) {
		char *room = ring_room(&e);

		if (!room)
			_exit(1);
		memset(room, (int)i, length_of(i));
		if (ring_put(&e, length_of(i)) < 0)
			_exit(1);
	}
	_exit(0);
}

static void test_passes_on(void **state)
{
	cleanup_ring struct ring r = RING_INIT;
	struct ring_end e;
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(ring_new(&r), 0);
	pid = fork();
	if (pid == 0)
		write_blocks(&r);
	close_writer(&r);
	e = reader_of(&r);
	for (unsigned i = 0; i < N_BLOCKS; i++) {
		assert_int_equal(ring_get(&e, block), length_of(i));
		assert_int_equal(block[0], (char)i);
		assert_memory_equal(block, block + 1, length_of(i) - 1);
	}
	assert_int_equal(ring_get(&e, block), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* It gets a copy of what was there when it asked, and the room is free from then on, not before. */
static void test_room(void **state)
{
	cleanup_ring struct ring r = RING_INIT;
	struct ring_end w, e;
	char *first;

	(void)state;
	assert_int_equal(ring_new(&r), 0);
	w = writer_of(&r);
	e = reader_of(&r);
	assert_int_equal(fcntl(r.free[0], F_SETFL, O_NONBLOCK), 0);
	first = ring_room(&w);
	for (unsigned i = 0; i < RING_BLOCKS; i++) {
		char *room = ring_room(&w);

		*room = (char)('a' + i % 26);
		assert_int_equal(ring_put(&w, 1), 0);
	}
	assert_null(ring_room(&w));
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(ring_get(&e, block), 1);
	*first = 'x';
	assert_int_equal(block[0], 'a');
	assert_ptr_equal(ring_room(&w), first);
}

static void test_reader_gone(void **state)
{
	cleanup_ring struct ring r = RING_INIT;
	struct ring_end e;

	(void)state;
	assert_int_equal(ring_new(&r), 0);
	e = writer_of(&r);
	assert_non_null(ring_room(&e));
	close_reader(&r);
	assert_int_equal(ring_put(&e, 1), -EPIPE);
	e.n_used = RING_BLOCKS;
	assert_null(ring_room(&e));
	assert_int_equal(errno, EPIPE);
}

/* The last bytes are there for who has gone to write no more. */
static void test_writer_gone(void **state)
{
	cleanup_ring struct ring r = RING_INIT;
	struct ring_end e;

	(void)state;
	assert_int_equal(ring_new(&r), 0);
	e = writer_of(&r);
	memcpy(ring_room(&e), "end", 3);
	assert_int_equal(ring_put(&e, 3), 0);
	close_writer(&r);
	e = reader_of(&r);
	assert_int_equal(ring_get(&e, block), 3);
	assert_memory_equal(block, "end", 3);
	assert_int_equal(ring_get(&e, block), 0);
}

static void check_refused(const void *length, size_t size)
{
	cleanup_ring struct ring r = RING_INIT;
	struct ring_end e;

	assert_int_equal(ring_new(&r), 0);
	e = reader_of(&r);
	assert_int_equal(write(r.filled[1], length, size), size);
	assert_int_equal(ring_get(&e, block), -EBADMSG);
}

/* A writer that lies about how much there is. */
static void test_wrong_length(void **state)
{
	static const uint32_t lengths[] = { 0, RING_BLOCK + 1, UINT32_MAX };

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		check_refused(&lengths[i], sizeof(lengths[i]));
	check_refused("abc", 3);
}

static void test_without(void **state)
{
	int fds[2];
	struct ring_end e;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	e = ring_end(NULL, fds[0], NULL);
	assert_int_equal(write(fds[1], "plain", 5), 5);
	close(fds[1]);
	assert_int_equal(ring_get(&e, block), 5);
	assert_memory_equal(block, "plain", 5);
	assert_int_equal(ring_get(&e, block), 0);
	close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes_on),   cmocka_unit_test(test_room),
		cmocka_unit_test(test_reader_gone), cmocka_unit_test(test_writer_gone),
		cmocka_unit_test(test_wrong_length), cmocka_unit_test(test_without),
	};

	signal(SIGPIPE, SIG_IGN); /* as in a worker */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
