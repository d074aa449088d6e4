/* SPDX-License-Identifier: MIT */
/* What is taken for a disk image, and the plain files that are made of packed ones. Mounting is for the tests
 * that have loop devices. */
#include "test.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/macro.h"
#include "disk/disk.h"
#include "disk/qcow2.h"
#include "disk/spool.h"

/* gzip of the magic number of QCOW2, and of some text. */
static const unsigned char packed_qcow2[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00,
					      0x02, 0x03, 0x0b, 0x74, 0xf3, 0xfc, 0x0d, 0x00,
					      0x71, 0x99, 0x36, 0x2d, 0x04, 0x00, 0x00, 0x00 };
static const unsigned char packed_text[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
					     0x03, 0xcb, 0xcb, 0x57, 0x48, 0xc9, 0x2c, 0xce, 0x56,
					     0x48, 0x2c, 0x51, 0x48, 0xcc, 0xc9, 0x01, 0x00, 0x9d,
					     0x5a, 0x33, 0x4a, 0x0e, 0x00, 0x00, 0x00 };

static int file_of(const void *data, size_t n, size_t size)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, data, n), 0);
	if (size > n)
		assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void assert_is(const void *data, size_t n, enum disk_format format, bool packed)
{
	struct disk d = { 0 };
	int fd = file_of(data, n, 0);

	assert_int_equal(disk_detect(fd, &d), 0);
	assert_int_equal(d.format, format);
	assert_int_equal(d.is_packed, packed);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
}

static void test_detect(void **state)
{
	unsigned char b[8192] = { 0 };

	(void)state;
	assert_is("", 0, DISK_NONE, false);
	assert_is("QFI", 3, DISK_NONE, false);
	assert_is(QCOW2_MAGIC, 4, DISK_QCOW2, false);
	assert_is(packed_qcow2, sizeof(packed_qcow2), DISK_QCOW2, true);
	assert_is(packed_text, sizeof(packed_text), DISK_NONE, true);
	/* What is damaged is for whoever unpacks it to tell. */
	assert_is(packed_qcow2, sizeof(packed_qcow2) / 2, DISK_NONE, true);
	assert_is(b, sizeof(b), DISK_NONE, false);
	for (size_t at = 512; at <= 4096; at += 3584) {
		memcpy(b + at, "EFI PART", 8);
		assert_is(b, sizeof(b), DISK_RAW, false);
		memset(b, 0, sizeof(b));
	}
	memcpy(b + 510, "\x55\xaa", 2);
	assert_is(b, sizeof(b), DISK_RAW, false);
	b[462] = 1; /* no flag of a partition */
	assert_is(b, sizeof(b), DISK_NONE, false);
	memset(b, 0, sizeof(b));
	memcpy(b, "XFSB", 4);
	assert_is(b, sizeof(b), DISK_RAW, false);
	/* A tarball whose first file is an image. */
	memcpy(b + 257, "ustar", 5);
	assert_is(b, sizeof(b), DISK_NONE, false);
}

static void test_decompress(void **state)
{
	int dir = test_dir(NULL, 0), fd = file_of(packed_text, sizeof(packed_text), 0), plain;
	char text[64] = "";

	(void)state;
	plain = spool_decompress(fd, dir, "text");
	assert_true(plain >= 0);
	assert_int_equal(pread(plain, text, sizeof(text), 0), 14);
	assert_string_equal(text, "no disk at all");
	close(plain);
	close(fd);
	fd = file_of(packed_text, sizeof(packed_text) - 1, 0);
	assert_int_equal(spool_decompress(fd, dir, "text"), -EIO);
	close(fd);
	close(dir);
}

/* Zeros are holes, at the end too; nothing has a name. */
static void test_sparse(void **state)
{
	size_t size = 4 << 20;
	char *data = calloc(1, size), *back = calloc(1, size), path[256], name[300];
	int dir = test_dir(path, sizeof(path)), fd, plain;
	struct stat st;

	(void)state;
	assert_true(data && back);
	memcpy(data + 100, "one", 3);
	memcpy(data + (1 << 20) - 2, "over the edge", 13);
	memset(data + (3 << 20), 'x', 5000);
	fd = file_of(data, size, 0);
	plain = spool_decompress(fd, dir, "data"); /* what is not compressed passes as it is */
	assert_true(plain >= 0);
	assert_int_equal(fstat(plain, &st), 0);
	assert_int_equal(st.st_size, size);
	assert_true(st.st_blocks * 512 < 128 * 1024);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(pread(plain, back, size, 0), size);
	assert_memory_equal(data, back, size);
	snprintf(name, sizeof(name), "%s/.spool", path);
	assert_int_equal(access(name, F_OK), -1);
	assert_int_equal(rmdir(path), 0);
	close(plain);
	close(fd);
	close(dir);
	free(data);
	free(back);
}

static void test_wrong_qcow2(void **state)
{
	int dir = test_dir(NULL, 0), fd = file_of(QCOW2_MAGIC, 4, 1000);
	struct capture c = capture_start(stderr);
	int r = spool_qcow2(fd, dir, "image");
	const char *text = capture_end(&c);

	(void)state;
	assert_int_equal(r, -EIO);
	assert_non_null(
		strstr(text, "cannot read the disk image 'image': it is of another version"));
	close(fd);
	close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_decompress),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_wrong_qcow2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
