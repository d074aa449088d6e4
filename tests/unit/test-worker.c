/* SPDX-License-Identifier: MIT */
/* A worker has what it was given and nothing else. */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "base/interrupt.h"
#include "base/strbuf.h"
#include "host/worker.h"

/* --- work --------------------------------------------------------------------------------- */

static int say_status(const int *fds, const struct worker_report *report)
{
	char *text = NULL, *line, *rest;

	(void)fds;
	if (read_file_at(AT_FDCWD, "/proc/self/status", 1 << 20, &text) < 0)
		return worker_error(report, "no /proc");
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!strncmp(line, "Cap", 3) || !strncmp(line, "NoNewPrivs", 10))
			worker_warning(report, "%s", line);
	}
	free(text);
	return 0;
}

static int say_interfaces(const int *fds, const struct worker_report *report)
{
	struct if_nameindex *all = if_nameindex();

	(void)fds;
	for (struct if_nameindex *i = all; i && i->if_name; i++)
		worker_warning(report, "interface %s", i->if_name);
	if_freenameindex(all);
	return 0;
}

static int say_descriptors(const int *fds, const struct worker_report *report)
{
	char byte = 0;
	int n = 0;

	for (int fd = 3; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	if (read(fds[0], &byte, 1) != 1 || write(fds[1], &byte, 1) != 1)
		return worker_error(report, "cannot use what it was given");
	return worker_error(report, "%d descriptors, read %c", n, byte);
}

static int fail_twice(const int *fds, const struct worker_report *report)
{
	(void)fds;
	worker_error(report, "first\nline");
	return worker_error(report, "second");
}

static int fail_silently(const int *fds, const struct worker_report *report)
{
	(void)fds;
	(void)report;
	return -EIO;
}

static int die(const int *fds, const struct worker_report *report)
{
	(void)fds;
	(void)report;
	raise(SIGKILL);
	return 0;
}

static int chatter(const int *fds, const struct worker_report *report)
{
	(void)fds;
	for (int i = 0; i < 100000; i++)
		worker_warning(report, "%d", i);
	return 0;
}

static int sleep_long(const int *fds, const struct worker_report *report)
{
	(void)report;
	(void)!write(fds[0], "x", 1);
	pause();
	return 0;
}

/* ------------------------------------------------------------------------------------------ */

static struct worker worker;

static const char *run(worker_main work, const int *fds, size_t n, uint64_t capabilities, int expected)
{
	struct capture c = capture_start(stderr);
	int r;

	worker = (struct worker)WORKER_INIT;
	r = worker_start(&worker, work, fds, n, capabilities);
	if (r >= 0)
		r = worker_wait(&worker, "w");
	assert_int_equal(r, expected);
	return capture_end(&c);
}

static void test_capabilities(void **state)
{
	const char *said;

	(void)state;
	if (geteuid() != 0) {
		print_message("needs root: capabilities\n");
		skip();
	}
	said = run(say_status, NULL, 0, 0, 0);
	assert_non_null(strstr(said, "CapEff:\\x090000000000000000"));
	assert_non_null(strstr(said, "CapBnd:\\x090000000000000000"));
	assert_non_null(strstr(said, "NoNewPrivs:\\x091"));
	worker_done(&worker);
	said = run(say_status, NULL, 0, 1ULL << CAP_CHOWN | 1ULL << CAP_SETFCAP, 0);
	assert_non_null(strstr(said, "CapEff:\\x090000000080000001"));
	assert_non_null(strstr(said, "CapPrm:\\x090000000080000001"));
	assert_non_null(strstr(said, "CapInh:\\x090000000000000000"));
	worker_done(&worker);
	said = run(say_interfaces, NULL, 0, 0, 0);
	assert_string_equal(said, "sdme: warning: w: interface lo\n");
	worker_done(&worker);
}

static void test_descriptors(void **state)
{
	int in[2], out[2], high;
	char byte;

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	high = fcntl(out[1], F_DUPFD, 500); /* not close-on-exec: must go all the same */
	assert_int_equal(write(in[1], "a", 1), 1);
	(void)run(say_descriptors, (const int[]){ in[0], out[1] }, 2, 0, -EIO);
	assert_string_equal(worker.error, "3 descriptors, read a");
	assert_int_equal(read(out[0], &byte, 1), 1);
	worker_done(&worker);
	/* In the other order than they are to have. */
	assert_int_equal(dup2(out[1], in[1]), in[1]);
	close(high);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

static void test_messages(void **state)
{
	(void)state;
	assert_string_equal(run(fail_twice, NULL, 0, 0, -EIO), "");
	assert_string_equal(worker.error, "first\\x0aline");
	worker_done(&worker);
	(void)run(fail_silently, NULL, 0, 0, -EIO);
	assert_non_null(strstr(worker.error, "without a reason"));
	worker_done(&worker);
	(void)run(die, NULL, 0, 0, -EIO);
	assert_non_null(strstr(worker.error, "killed"));
	worker_done(&worker);
	/* More than the pipe holds: nobody waits, and we do not keep it all. */
	(void)run(chatter, NULL, 0, 0, 0);
	worker_done(&worker);
}

static void test_end(void **state)
{
	int ready[2];
	char byte;
	pid_t pid;

	(void)state;
	interrupt_install();
	assert_int_equal(pipe(ready), 0);
	worker = (struct worker)WORKER_INIT;
	assert_int_equal(worker_start(&worker, sleep_long, (const int[]){ ready[1] }, 1, 0), 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	raise(SIGINT);
	assert_int_equal(worker_wait(&worker, "w"), -EINTR);
	assert_int_equal(interrupt_save(), SIGINT);
	pid = worker.pid;
	worker_done(&worker);
	assert_int_equal(kill(pid, 0), -1);
	close(ready[0]);
	close(ready[1]);
}

/* A parent that is killed takes it along: the pipe that it holds is closed. */
static void test_parent_dies(void **state)
{
	int ready[2];
	char bytes[2];
	pid_t parent;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	parent = fork();
	if (parent == 0) {
		struct worker w = WORKER_INIT;

		if (worker_start(&w, sleep_long, (const int[]){ ready[1] }, 1, 0) < 0)
			_exit(1);
		pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], bytes, 1), 1);
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(read(ready[0], bytes, 1), 0);
	close(ready[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities), cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_messages),     cmocka_unit_test(test_end),
		cmocka_unit_test(test_parent_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
