/* SPDX-License-Identifier: MIT */
/* Directories that become something or go, and what is left of those of processes that died. */
#include "test.h"

#include <errno.h>
#include <sys/file.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/scratch.h"

static char path[256];
static int dir = -1;

static int make_dir(void **state)
{
	(void)state;
	dir = test_dir(path, sizeof(path));
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	close(dir);
	return rmtree_at(AT_FDCWD, path);
}

static void test_publish(void **state)
{
	struct scratch s = SCRATCH_INIT;

	(void)state;
	assert_int_equal(scratch_begin(dir, "x", &s), 0);
	assert_int_equal(mkdirat(s.fd, "in", 0755), 0);
	assert_false(exists_at(dir, "x"));
	assert_int_equal(scratch_publish(&s, "x"), 0);
	scratch_done(&s);
	assert_true(exists_at(dir, "x/in"));
	/* In the place of an empty one, and of no other. */
	assert_int_equal(mkdirat(dir, "empty", 0755), 0);
	assert_int_equal(scratch_begin(dir, "empty", &s), 0);
	assert_int_equal(mkdirat(s.fd, "in", 0755), 0);
	assert_int_equal(scratch_publish(&s, "x"), -ENOTEMPTY);
	assert_int_equal(scratch_publish(&s, "empty"), 0);
	scratch_done(&s);
	assert_true(exists_at(dir, "empty/in"));
}

static void test_done(void **state)
{
	struct scratch s = SCRATCH_INIT, t = SCRATCH_INIT;
	cleanup_free char *name = NULL;

	(void)state;
	assert_int_equal(scratch_begin(dir, "x", &s), 0);
	assert_int_equal(scratch_begin(dir, "x", &t), 0);
	assert_string_not_equal(s.name, t.name);
	/* One that is worked on stays. */
	assert_true(exists_at(dir, s.name));
	name = strdup(s.name);
	assert_int_equal(mkdirat(s.fd, "in", 0), 0);
	scratch_done(&s);
	assert_false(exists_at(dir, name));
	scratch_done(&t);
	assert_int_equal(rmdir(path), 0); /* nothing is left */
	assert_int_equal(mkdir(path, 0755), 0);
}

static void test_stale(void **state)
{
	static const char *const stays[] = { ".x.scratch-1-a", ".y.scratch-1-0", ".x.scratch",
					     "x.scratch-1-0", ".x.scratch-2-0" };
	struct scratch s = SCRATCH_INIT;
	int held;

	(void)state;
	assert_int_equal(mkdirat(dir, ".x.scratch-1-0", 0700), 0);
	assert_int_equal(mkdirat(dir, ".x.scratch-1-0/in", 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(stays); i++)
		assert_int_equal(mkdirat(dir, stays[i], 0700), 0);
	held = openat(dir, ".x.scratch-2-0", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(held, LOCK_EX), 0);
	assert_int_equal(scratch_begin(dir, "x", &s), 0);
	assert_false(exists_at(dir, ".x.scratch-1-0"));
	for (size_t i = 0; i < ARRAY_SIZE(stays); i++)
		assert_true(exists_at(dir, stays[i]));
	close(held);
	scratch_done(&s);
}

static void test_temp(void **state)
{
	struct scratch s = SCRATCH_INIT;

	(void)state;
	assert_int_equal(setenv("TMPDIR", path, 1), 0);
	assert_int_equal(scratch_begin_temp(&s), 0);
	assert_int_equal(mkdirat(s.fd, "in", 0755), 0);
	assert_true(exists_at(dir, s.name));
	scratch_done(&s);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(scratch_begin_temp(&s), -ENOENT);
	assert_int_equal(mkdir(path, 0755), 0);
	unsetenv("TMPDIR");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_publish),
		TEST(test_done),
		TEST(test_stale),
		TEST(test_temp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
