/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <signal.h>

#include "base/pump.h"

struct ends {
	int write_fd, read_fd; /* of the test; the pump has the others */
};

static struct ends start(struct pump *p)
{
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	pump_start(p, in[0], out[1]);
	return (struct ends){ in[1], out[0] };
}

static void turn(struct pump *p)
{
	struct pollfd pair[2];

	pump_prepare(p, pair);
	assert_true(poll(pair, 2, 1000) >= 0);
	pump_run(p, pair);
}

static void copies_and_ends(void **state)
{
	struct pump p;
	struct ends e = start(&p);
	char got[16];

	(void)state;
	assert_int_equal(write(e.write_fd, "a\0b", 3), 3);
	turn(&p);
	assert_int_equal(read(e.read_fd, got, sizeof(got)), 3);
	assert_memory_equal(got, "a\0b", 3);
	assert_false(pump_is_done(&p));
	close(e.write_fd);
	turn(&p);
	assert_true(pump_is_done(&p));
	assert_int_equal(p.error, 0);
	assert_int_equal(read(e.read_fd, got, sizeof(got)), 0);
	close(e.read_fd);
}

static void waits_for_a_full_output(void **state)
{
	static char block[4096];
	struct pump p;
	struct ends e = start(&p);
	size_t written = 0, got = 0;
	ssize_t n;

	(void)state;
	fcntl(e.write_fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 200; i++) {
		n = write(e.write_fd, block, sizeof(block));
		written += n > 0 ? (size_t)n : 0;
		if (n < 0)
			break;
		turn(&p);
	}
	assert_true(written > 2 * PUMP_SIZE);
	close(e.write_fd);
	while (!pump_is_done(&p)) {
		n = read(e.read_fd, block, sizeof(block));
		got += n > 0 ? (size_t)n : 0;
		turn(&p);
	}
	while ((n = read(e.read_fd, block, sizeof(block))) > 0)
		got += (size_t)n;
	assert_int_equal(got, written);
	close(e.read_fd);
}

static void a_reader_that_goes_is_noticed_while_idle(void **state)
{
	struct pump p;
	struct ends e = start(&p);

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	close(e.read_fd);
	turn(&p);
	assert_true(pump_is_done(&p));
	assert_int_equal(p.error, -EPIPE);
	/* Whoever writes to it learns of it. */
	assert_int_equal(write(e.write_fd, "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	close(e.write_fd);
}

static void a_bad_input_is_an_error(void **state)
{
	struct pump p;
	int out[2];

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pump_start(&p, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), out[1]);
	turn(&p);
	assert_true(pump_is_done(&p));
	assert_int_equal(p.error, -EISDIR);
	close(out[0]);
}

static void the_epilogue_follows_the_input(void **state)
{
	struct pump p;
	struct ends e = start(&p);
	char got[16] = "";

	(void)state;
	p.epilogue = "end";
	assert_int_equal(write(e.write_fd, "x", 1), 1);
	close(e.write_fd);
	while (!pump_is_done(&p))
		turn(&p);
	assert_int_equal(read(e.read_fd, got, sizeof(got)), 4);
	assert_string_equal(got, "xend");
	close(e.read_fd);
}

static bool refuse_bang(void *userdata, const char *data, size_t n)
{
	(void)userdata;
	return !memchr(data, '!', n);
}

static void the_filter_ends_the_input(void **state)
{
	struct pump p;
	struct ends e = start(&p);
	char got[16];

	(void)state;
	p.filter = refuse_bang;
	assert_int_equal(write(e.write_fd, "x", 1), 1);
	turn(&p);
	assert_false(pump_is_done(&p));
	assert_int_equal(write(e.write_fd, "!", 1), 1);
	turn(&p);
	assert_true(pump_is_done(&p));
	assert_int_equal(read(e.read_fd, got, sizeof(got)), 1);
	close(e.write_fd);
	close(e.read_fd);
}

static void the_end_takes_what_is_there(void **state)
{
	static char big[PUMP_SIZE];
	struct pump p;
	struct ends e = start(&p);
	char got[4];

	(void)state;
	assert_int_equal(write(e.write_fd, "abc", 3), 3);
	fcntl(p.in_fd, F_SETFL, O_NONBLOCK);
	pump_finish(&p); /* the input stays open */
	assert_true(pump_is_done(&p));
	assert_int_equal(read(e.read_fd, got, sizeof(got)), 3);
	assert_int_equal(write(e.write_fd, big, sizeof(big)), -1);
	close(e.write_fd);
	close(e.read_fd);
}

static void the_end_waits_for_a_full_output(void **state)
{
	static char big[PUMP_SIZE];
	struct pump p;
	struct ends e = start(&p);
	size_t got = 0;
	ssize_t n;

	(void)state;
	assert_int_equal(write(e.write_fd, big, sizeof(big)), sizeof(big));
	turn(&p); /* the output is full now, and so is the input */
	assert_int_equal(write(e.write_fd, big, sizeof(big)), sizeof(big));
	pump_finish(&p);
	assert_false(pump_is_done(&p));
	while (!pump_is_done(&p)) {
		n = read(e.read_fd, big, 4096);
		assert_true(n > 0);
		got += (size_t)n;
		turn(&p);
	}
	while ((n = read(e.read_fd, big, sizeof(big))) > 0)
		got += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(got, 2 * sizeof(big));
	close(e.write_fd);
	close(e.read_fd);
}

static void reopening_does_not_change_the_original(void **state)
{
	int fds[2], copy;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	copy = reopen_nonblocking(fds[1], O_WRONLY);
	assert_true(copy >= 0);
	assert_true(fcntl(copy, F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(fds[1], F_GETFL) & O_NONBLOCK);
	close(copy);
	/* An end that cannot be written does not become one that can. */
	copy = reopen_nonblocking(fds[0], O_WRONLY);
	assert_true(copy >= 0);
	assert_int_equal(fcntl(copy, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(copy);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(reopen_nonblocking(-1, O_RDONLY), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_and_ends),
		cmocka_unit_test(waits_for_a_full_output),
		cmocka_unit_test(a_reader_that_goes_is_noticed_while_idle),
		cmocka_unit_test(a_bad_input_is_an_error),
		cmocka_unit_test(the_epilogue_follows_the_input),
		cmocka_unit_test(the_filter_ends_the_input),
		cmocka_unit_test(the_end_takes_what_is_there),
		cmocka_unit_test(the_end_waits_for_a_full_output),
		cmocka_unit_test(reopening_does_not_change_the_original),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
