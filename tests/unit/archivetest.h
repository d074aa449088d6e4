/* SPDX-License-Identifier: MIT */
/* archivetest: tarballs made entry by entry and unpacked, for tests of it. */
#pragma once

#include "treetest.h"

#include "layer/archive.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Unpack the bytes of tar, as they are. */
static int unpack_bytes(void)
{
	int fd = tar_file(), r;
	struct capture c = capture_start(stderr);

	r = archive_unpack(fd, root, "x.tar");
	said = capture_end(&c);
	close(fd);
	return r;
}

static int unpack(void)
{
	tar_end(&tar);
	return unpack_bytes();
}

static void unpack_well(void)
{
	assert_silent(unpack());
}

static void refused(const char *text)
{
	assert_refused(unpack(), text);
}
