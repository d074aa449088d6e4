/* SPDX-License-Identifier: MIT */
/* What operands mean that name an image in a file or a directory. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "oci/local.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void make_file(const char *name)
{
	cleanup_close int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
}

static void expect(const char *text, const char *want_path, const char *want_name)
{
	cleanup_free char *path = NULL, *name = NULL;
	int r = local_split(text, &path, &name);

	if (!want_path) {
		assert_int_equal(r, -ENOENT);
		assert_null(path);
		assert_null(name);
		return;
	}
	if (r < 0)
		fail_msg("'%s': %d", text, r);
	assert_string_equal(path, want_path);
	if (want_name)
		assert_string_equal(name, want_name);
	else
		assert_null(name);
}

static void test_split(void **state)
{
	char path[256];
	cleanup_close int dir = test_dir(path, sizeof(path));

	(void)state;
	assert_int_equal(fchdir(dir), 0);
	assert_int_equal(mkdir("layout", 0755) + mkdir("plain", 0755) + mkdir("a:b", 0755), 0);
	assert_int_equal(mkdir("fifo", 0755) + rmdir("fifo") + mkfifo("fifo", 0644), 0);
	make_file("layout/oci-layout");
	make_file("a:b/oci-layout");
	make_file("a");
	make_file("file");

	expect("layout", "layout", NULL);
	expect("layout:1.0", "layout", "1.0");
	expect("layout:", NULL, NULL);
	expect("./layout/:x:y", "./layout/", "x:y");
	expect("layout:sha256:12", "layout", "sha256:12");
	expect("layout@" DIGEST, "layout", DIGEST);
	expect("a:b@" DIGEST, "a:b", DIGEST);
	expect("./layout@" DIGEST, "./layout", DIGEST);
	expect("file@" DIGEST, "file", DIGEST);
	expect("layout@sha256:12", NULL, NULL);
	expect("layout@", NULL, NULL);
	expect("nothing@" DIGEST, NULL, NULL);
	expect("file:example.com:5000/x:1", "file", "example.com:5000/x:1");
	/* Others than layouts have no images by names. */
	expect("plain@" DIGEST, NULL, NULL);
	expect("plain", "plain", NULL);
	expect("plain:12", NULL, NULL);
	expect("fifo", "fifo", NULL);
	expect("fifo:12", NULL, NULL);
	expect("nosuch:12", NULL, NULL);
	expect("nosuch", NULL, NULL);
	expect(":12", NULL, NULL);
	expect("", NULL, NULL);
	/* The longest that is there. */
	expect("a:b", "a:b", NULL);
	expect("a:b:c", "a:b", "c");
	expect("a:c", "a", "c");
	/* What is wrong with it, opening tells. */
	expect("file/x", "file/x", NULL);
	assert_int_equal(fchdir(dir) + chdir("/"), 0);
	assert_int_equal(rmtree_at(AT_FDCWD, path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_split) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
