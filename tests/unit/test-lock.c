/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "base/lock.h"

static int dir;

static int setup(void **state)
{
	(void)state;
	dir = test_dir(NULL, 0);
	return 0;
}

static int teardown(void **state)
{
	char path[256];
	ssize_t n = readlink(fd_path(dir).path, path, sizeof(path) - 1);

	(void)state;
	assert_true(n > 0);
	path[n] = '\0';
	assert_int_equal(rmtree_at(AT_FDCWD, path), 0);
	close(dir);
	return 0;
}

static void test_exclusive(void **state)
{
	pid_t pid = -1;
	int a, b;
	struct stat st;

	(void)state;
	a = lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid);
	assert_true(a >= 0);
	assert_int_equal(fstat(a, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid), -EBUSY);
	assert_int_equal(pid, getpid());
	assert_int_equal(lock_try_at(dir, "l", LOCK_MODE_SHARED, &pid), -EBUSY);
	close(a);
	b = lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid);
	assert_true(b >= 0);
	close(b);
}

static void test_shared(void **state)
{
	pid_t pid = -1;
	int a, b;

	(void)state;
	a = lock_try_at(dir, "l", LOCK_MODE_SHARED, &pid);
	b = lock_try_at(dir, "l", LOCK_MODE_SHARED, &pid);
	assert_true(a >= 0 && b >= 0);
	assert_int_equal(lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid), -EBUSY);
	assert_int_equal(pid, 0); /* nobody ever had it exclusively */
	close(a);
	assert_int_equal(lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid), -EBUSY);
	close(b);
	a = lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid);
	assert_true(a >= 0);
	close(a);
}

static void test_dropped_by_death(void **state)
{
	int status, ready[2], fd;
	pid_t child, pid = 0;
	char c;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		if (lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid) < 0)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid), -EBUSY);
	assert_int_equal(pid, child);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	fd = lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid);
	assert_true(fd >= 0);
	close(fd);
	close(ready[0]);
	close(ready[1]);
}

/* The holder is dead, and a process that it had started ends a moment after it. */
static void test_child_outlives(void **state)
{
	pid_t pid = -1, holder;
	int fd, status;

	(void)state;
	holder = fork();
	if (holder == 0) {
		if (lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid) < 0)
			_exit(1);
		if (fork() == 0)
			usleep(20000);
		_exit(0);
	}
	assert_int_equal(waitpid(holder, &status, 0), holder);
	assert_int_equal(status, 0);
	fd = lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid);
	assert_true(fd >= 0);
	close(fd);
}

/* Whoever deletes the file lets nobody keep a lock that no newcomer would see. */
static void test_deleted_file(void **state)
{
	pid_t pid;
	int a, b;

	(void)state;
	a = lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid);
	assert_int_equal(unlinkat(dir, "l", 0), 0);
	b = lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid);
	assert_true(a >= 0 && b >= 0);
	assert_int_equal(lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid), -EBUSY);
	close(a);
	close(b);
}

/* Takes the lock, works, deletes its file, again and again; 0 if nobody else worked at the same time. */
static int work_alone(void)
{
	pid_t pid;

	for (int i = 0; i < 8000; i++) {
		int fd = lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid), work;

		if (fd == -EBUSY)
			continue;
		work = openat(dir, "work", O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || work < 0)
			return 1;
		close(work);
		unlinkat(dir, "work", 0);
		unlinkat(dir, "l", 0);
		close(fd);
	}
	return 0;
}

static void test_deleted_while_taken(void **state)
{
	pid_t children[3];
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(work_alone());
	}
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		failed |= status;
	}
	assert_int_equal(failed, 0);
}

static void test_odd_files(void **state)
{
	pid_t pid = 0;
	int fd, a;

	(void)state;
	/* What is in the file is for messages: nonsense is an unknown process. */
	fd = openat(dir, "l", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write_all(fd, "not a process\n", 14), 0);
	close(fd);
	a = lock_try_at(dir, "l", LOCK_MODE_SHARED, &pid);
	assert_true(a >= 0);
	assert_int_equal(lock_try_at(dir, "l", LOCK_MODE_EXCLUSIVE, &pid), -EBUSY);
	assert_int_equal(pid, 0);
	close(a);
	assert_int_equal(symlinkat("/etc/passwd", dir, "link"), 0);
	assert_int_equal(lock_try_at(dir, "link", LOCK_MODE_EXCLUSIVE, &pid), -ELOOP);
	assert_int_equal(lock_try_at(dir, "no/l", LOCK_MODE_EXCLUSIVE, &pid), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_exclusive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dropped_by_death, setup, teardown),
		cmocka_unit_test_setup_teardown(test_child_outlives, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deleted_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deleted_while_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
