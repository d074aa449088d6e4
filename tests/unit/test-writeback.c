/* SPDX-License-Identifier: MIT */
/* What is written reaches the disk while nobody syncs. */
#include "test.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/fs.h"
#include "host/writeback.h"

#define SIZE (1024 * 1024)

/* Whether the file system has yet to find a place for its bytes; -1: it does not tell. Without
 * FIEMAP_FLAG_SYNC: being looked at must not be what writes it. */
static int is_delayed(int fd)
{
	union {
		struct fiemap map;
		char room[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
	} u = { .map = { .fm_length = FIEMAP_MAX_OFFSET, .fm_extent_count = 1 } };

	if (ioctl(fd, FS_IOC_FIEMAP, &u.map) < 0 || u.map.fm_mapped_extents == 0)
		return -1;
	return u.map.fm_extents[0].fe_flags & FIEMAP_EXTENT_DELALLOC ? 1 : 0;
}

static void test_reaches_the_disk(void **state)
{
	cleanup_worker struct worker w = WORKER_INIT;
	const struct timespec a_while = { .tv_nsec = 50 * 1000 * 1000 };
	char *bytes = malloc(SIZE);
	int dir = test_dir(NULL, 0), fd = openat(dir, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int delayed;

	(void)state;
	assert_true(bytes && fd >= 0);
	memset(bytes, 'x', SIZE);
	assert_int_equal(write_all(fd, bytes, SIZE), 0);
	free(bytes);
	delayed = is_delayed(fd);
	if (delayed < 1) {
		print_message("the file system of the test's directory does not tell what is delayed\n");
		skip();
	}
	assert_int_equal(writeback_start(&w, dir), 0);
	/* The kernel alone takes dirty_expire_centisecs, 30 s. */
	for (int i = 0; i < 300 && delayed == 1; i++) {
		nanosleep(&a_while, NULL);
		delayed = is_delayed(fd);
	}
	assert_int_equal(delayed, 0);
	close(fd);
	close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reaches_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
