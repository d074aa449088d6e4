/* SPDX-License-Identifier: MIT */
/* The relay works on descriptors 0, 1 and 2: each test runs in a child that has its own. */
#include "test.h"

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/relay.h"

/* In the child, what is wrong becomes the exit status: the line. */
#define CHECK(what)                       \
	do {                              \
		if (!(what))              \
			_exit(__LINE__ % 250 + 1); \
	} while (0)

static int run(void (*child)(int arg), int arg)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		child(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void turn(struct relay *r)
{
	struct pollfd fds[RELAY_FDS];

	relay_prepare(r, fds);
	CHECK(poll(fds, RELAY_FDS, 1000) >= 0);
	relay_run(r, fds);
}

static int finish(struct relay *r)
{
	struct pollfd fds[RELAY_FDS];

	relay_finish(r);
	while (!relay_is_done(r)) {
		relay_prepare(r, fds);
		CHECK(poll(fds, RELAY_FDS, 1000) > 0);
		relay_run(r, fds);
	}
	return relay_result(r);
}

static void set_stdio(const char *in, const char *out, const char *error)
{
	CHECK(dup2(open(in, O_RDWR | O_CREAT, 0600), 0) == 0);
	CHECK(dup2(open(out, O_RDWR | O_CREAT, 0600), 1) == 1);
	CHECK(dup2(open(error, O_RDWR | O_CREAT, 0600), 2) == 2);
}

static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

static bool is_same(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static void child_kinds(int dir_fd)
{
	struct relay r = RELAY_INIT;
	int fds[2];

	CHECK(fchdir(dir_fd) == 0);
	set_stdio("/dev/null", "file", "file");
	CHECK(relay_open_pipes(&r) == 0);
	CHECK(r.theirs[0] == -1);                 /* null is null */
	CHECK(is_pipe(r.theirs[1]));              /* a file is not handed over */
	CHECK(r.theirs[2] == r.theirs[1]);        /* and one file is one pipe */
	relay_close_theirs(&r);
	CHECK(finish(&r) == 0);
	relay_done(&r);

	r = (struct relay)RELAY_INIT;
	CHECK(pipe(fds) == 0 && dup2(fds[0], 0) == 0 && dup2(fds[1], 1) == 1);
	CHECK(relay_open_pipes(&r) == 0);
	CHECK(r.theirs[0] == 0);                        /* a pipe to be read is, as it is */
	CHECK(is_pipe(r.theirs[1]) && !is_same(r.theirs[1], 1)); /* one to be written is not */
	CHECK(open("/proc/self/fd/0", O_RDONLY) >= 0);
	relay_close_theirs(&r);
	CHECK(fcntl(0, F_GETFD) >= 0 && fcntl(1, F_GETFD) >= 0);
	relay_done(&r);
}

/* What an orphan of the command goes on writing is not waited for; what was written before is all there. */
static void child_orphan(int unused)
{
	static char page[4096];
	struct relay r = RELAY_INIT;
	int ends[2], theirs, sum = 0;
	ssize_t n;

	(void)unused;
	set_stdio("/dev/null", "/dev/null", "/dev/null");
	CHECK(pipe(ends) == 0 && dup2(ends[1], 1) == 1 && close(ends[1]) == 0);
	CHECK(relay_open_pipes(&r) == 0);
	theirs = dup(r.theirs[1]);
	CHECK(fcntl(theirs, F_SETFL, O_NONBLOCK) == 0);
	while ((n = write(theirs, page, sizeof(page))) > 0)
		sum += (int)n;
	relay_close_theirs(&r);
	CHECK(fcntl(theirs, F_SETFL, 0) == 0);
	if (fork() == 0) {
		relay_done(&r);
		while (write(theirs, page, sizeof(page)) > 0)
			;
		_exit(0);
	}
	close(theirs);
	CHECK(finish(&r) == 0);
	relay_done(&r);
	CHECK(close(1) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	while ((n = read(ends[0], page, sizeof(page))) > 0)
		sum -= (int)n;
	CHECK(sum == 0);
}

static void child_rewind(int dir_fd)
{
	struct relay r = RELAY_INIT;
	char got[4];

	CHECK(fchdir(dir_fd) == 0);
	set_stdio("input", "/dev/null", "/dev/null");
	CHECK(write(0, "0123456789", 10) == 10 && lseek(0, 2, SEEK_SET) == 2);
	CHECK(relay_open_pipes(&r) == 0);
	for (int i = 0; i < 3; i++)
		turn(&r);
	CHECK(read(r.theirs[0], got, 4) == 4 && memcmp(got, "2345", 4) == 0);
	relay_close_theirs(&r);
	CHECK(finish(&r) == 0);
	CHECK(lseek(0, 0, SEEK_CUR) == 6);
	relay_done(&r);
}

static void child_failures(int dir_fd)
{
	struct relay r = RELAY_INIT;

	CHECK(fchdir(dir_fd) == 0);
	set_stdio("/dev/null", "/dev/full", "/dev/null");
	CHECK(relay_open_pipes(&r) == 0);
	CHECK(write(r.theirs[1], "x", 1) == 1);
	relay_close_theirs(&r);
	CHECK(finish(&r) == -ENOSPC && r.failed_fd == 1);
	relay_done(&r);

	/* What stands for descriptors that were closed: reading is an end, writing an error. */
	r = (struct relay)RELAY_INIT;
	CHECK(dup2(open("/dev/null", O_WRONLY), 0) == 0 && dup2(open("/dev/null", O_RDONLY), 1) == 1);
	CHECK(relay_open_pipes(&r) == 0);
	turn(&r);
	CHECK(pump_is_done(&r.pumps[0]));
	CHECK(write(r.theirs[1], "x", 1) == 1);
	relay_close_theirs(&r);
	CHECK(finish(&r) == -EBADF && r.failed_fd == 1);
	relay_done(&r);
}

/* Our terminal is one pseudo terminal, the command's is another. */
static void child_terminal(int unused)
{
	struct relay r = RELAY_INIT;
	struct winsize size = { .ws_row = 12, .ws_col = 34 };
	struct termios before, mode;
	int person, ours, master = posix_openpt(O_RDWR | O_NOCTTY), unlock = 0;
	char got[64];

	(void)unused;
	CHECK(openpty(&person, &ours, NULL, NULL, &size) == 0);
	CHECK(dup2(ours, 0) == 0 && dup2(ours, 1) == 1 && master >= 0);
	CHECK(tcgetattr(0, &before) == 0 && (before.c_lflag & ICANON));
	CHECK(ioctl(master, TIOCSPTLCK, &unlock) == 0);
	CHECK(relay_open_terminal(&r, master) == 0);
	CHECK(tcgetattr(0, &mode) == 0 && !(mode.c_lflag & (ICANON | ECHO | ISIG)));
	CHECK(ioctl(r.slave_fd, TIOCGWINSZ, &size) == 0 && size.ws_row == 12 && size.ws_col == 34);

	CHECK(write(person, "hi\r", 3) == 3); /* each terminal does its own: the return key is a newline there */
	turn(&r);
	CHECK(read(r.slave_fd, got, sizeof(got)) == 3 && memcmp(got, "hi\n", 3) == 0);
	CHECK(write(r.slave_fd, "out\n", 4) == 4);
	CHECK(finish(&r) == 0); /* the last words */
	for (size_t n = 0; !memmem(got, n, "out\r\n", 5);) {
		ssize_t more = read(person, got + n, sizeof(got) - n);

		CHECK(more > 0);
		n += (size_t)more;
	}
	relay_done(&r); /* and the mode is back */
	CHECK(tcgetattr(0, &mode) == 0 && mode.c_lflag == before.c_lflag);
}

static void child_hangup(int unused)
{
	struct relay r = RELAY_INIT;
	int person, ours, master = posix_openpt(O_RDWR | O_NOCTTY), unlock = 0, slave;

	(void)unused;
	CHECK(openpty(&person, &ours, NULL, NULL, NULL) == 0);
	CHECK(dup2(ours, 0) == 0 && dup2(ours, 1) == 1 && master >= 0);
	CHECK(ioctl(master, TIOCSPTLCK, &unlock) == 0);
	CHECK(relay_open_terminal(&r, master) == 0);
	/* All have closed it, and one opens it again. */
	close(r.slave_fd);
	r.slave_fd = -1;
	turn(&r);
	CHECK(!pump_is_done(&r.pumps[0]) && !pump_is_done(&r.pumps[1]));
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	CHECK(slave >= 0 && write(slave, "x", 1) == 1);
	turn(&r);
	CHECK(!pump_is_done(&r.pumps[1]));
	relay_done(&r);
}

static void child_gone(int unused)
{
	struct relay r = RELAY_INIT;
	struct pollfd fds[RELAY_FDS];
	int person, ours, master = posix_openpt(O_RDWR | O_NOCTTY), unlock = 0;

	(void)unused;
	CHECK(openpty(&person, &ours, NULL, NULL, NULL) == 0);
	CHECK(dup2(ours, 0) == 0 && dup2(ours, 1) == 1 && master >= 0);
	CHECK(ioctl(master, TIOCSPTLCK, &unlock) == 0);
	CHECK(relay_open_terminal(&r, master) == 0);
	CHECK(!r.left && close(person) == 0);
	turn(&r);
	CHECK(r.left);
	turn(&r);
	relay_prepare(&r, fds);
	CHECK(poll(fds, RELAY_FDS, 0) == 0); /* nothing to turn round for */
	relay_done(&r);
}

static void child_escape(int unused)
{
	struct relay r = RELAY_INIT;
	int person, ours, master = posix_openpt(O_RDWR | O_NOCTTY), unlock = 0;

	(void)unused;
	CHECK(openpty(&person, &ours, NULL, NULL, NULL) == 0);
	CHECK(dup2(ours, 0) == 0 && dup2(ours, 1) == 1 && master >= 0);
	CHECK(ioctl(master, TIOCSPTLCK, &unlock) == 0);
	CHECK(relay_open_terminal(&r, master) == 0);
	CHECK(write(person, "\x1d\x1d\x1d", 3) == 3);
	turn(&r);
	CHECK(r.left);
	relay_done(&r);
}

static void in_directory(void (*child)(int), void **state)
{
	int fd = test_dir(NULL, 0);

	(void)state;
	assert_int_equal(run(child, fd), 0);
	close(fd);
}

static void what_the_command_gets(void **state)
{
	in_directory(child_kinds, state);
}

static void orphans_are_not_waited_for(void **state)
{
	in_directory(child_orphan, state);
}

static void a_file_is_read_as_far_as_the_command_did(void **state)
{
	in_directory(child_rewind, state);
}

static void failures_are_told(void **state)
{
	in_directory(child_failures, state);
}

static void a_terminal_is_raw_and_restored(void **state)
{
	in_directory(child_terminal, state);
}

static void a_hung_up_terminal_lives_on(void **state)
{
	in_directory(child_hangup, state);
}

static void a_terminal_that_is_gone_is_left(void **state)
{
	in_directory(child_gone, state);
}

static void the_escape_leaves(void **state)
{
	in_directory(child_escape, state);
}

static void the_escape_is_three_in_a_second(void **state)
{
	struct terminal_escape e = { 0 };

	(void)state;
	assert_false(terminal_escape_feed(&e, "a\x1d\x1d", 3, 1));
	assert_false(terminal_escape_feed(&e, "b", 1, 2)); /* another key in between */
	assert_false(terminal_escape_feed(&e, "\x1d\x1d", 2, 3));
	assert_false(terminal_escape_feed(&e, "\x1d", 1, 4 + USEC_PER_SEC)); /* too late: the first again */
	assert_false(terminal_escape_feed(&e, "\x1d", 1, 5 + USEC_PER_SEC));
	assert_true(terminal_escape_feed(&e, "\x1d", 1, 4 + 2 * USEC_PER_SEC));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_command_gets),
		cmocka_unit_test(orphans_are_not_waited_for),
		cmocka_unit_test(a_file_is_read_as_far_as_the_command_did),
		cmocka_unit_test(failures_are_told),
		cmocka_unit_test(a_terminal_is_raw_and_restored),
		cmocka_unit_test(a_hung_up_terminal_lives_on),
		cmocka_unit_test(a_terminal_that_is_gone_is_left),
		cmocka_unit_test(the_escape_leaves),
		cmocka_unit_test(the_escape_is_three_in_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
