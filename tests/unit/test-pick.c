/* SPDX-License-Identifier: MIT */
/* Which files of a tarball are taken for documents of images. */
#include "test.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "layer/pick.h"
#include "tar.h"

static void test_names(void **state)
{
	static const char *const taken[] = { "index.json", "./oci-layout", "blobs/sha256/ab",
					     "./a/b.c" };
	static const char *const others[] = { "../up",   "a/../b", "/abs", ".hidden", "x/.y",
					      "a/b/c/d", "sp ace", "a//b", "layer" };
	cleanup_strbuf struct strbuf tar = STRBUF_INIT;
	char path[256];
	int dir = test_dir(path, sizeof(path)),
	    fd = openat(dir, "t", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	cleanup_close int out = -1;
	cleanup_free char *text = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		tar_add(&tar,
			(struct tar_entry){
				.name = taken[i], .type = '0', .mode = 0644, .data = " \n{}" });
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		tar_add(&tar,
			(struct tar_entry){ .name = others[i],
					    .type = '0',
					    .mode = 0644,
					    .data = i + 1 == ARRAY_SIZE(others) ? "tar" : "{}" });
	tar_end(&tar);
	assert_int_equal(write_all(fd, tar.buf, tar.len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(mkdirat(dir, "out", 0755), 0);
	out = openat(dir, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(archive_pick(fd, out, "t"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		replace_str(&text, NULL);
		assert_int_equal(read_file_at(out, taken[i], 10, &text), 0);
		assert_string_equal(text, " \n{}");
	}
	assert_false(exists_at(out, "up") || exists_at(out, "b") || exists_at(out, "abs"));
	assert_false(exists_at(out, ".hidden") || exists_at(out, "x") || exists_at(out, "a/b"));
	assert_false(exists_at(out, "sp ace") || exists_at(out, "layer") || exists_at(dir, "up"));
	close(fd);
	close(dir);
	assert_int_equal(rmtree_at(AT_FDCWD, path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
