/* SPDX-License-Identifier: MIT */
/* A tarball, compressed or not, is unpacked as the workers do it, in this process. Whatever is in it,
 * nothing beside the root is touched, and the root stays what it is. */
#include "treefuzz.h"

#include "layer/untar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int packed = memfd_create("packed", MFD_CLOEXEC);
	cleanup_close int plain = memfd_create("plain", MFD_CLOEXEC);
	cleanup_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	cleanup_close int root = -1;
	struct worker_report report = { null };

	if (size > 64 * 1024)
		return 0;
	PROPERTY(mkdirat(top, "root", 0755) == 0);
	root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	PROPERTY(root >= 0 && write_all(packed, data, size) == 0);
	PROPERTY(lseek(packed, 0, SEEK_SET) == 0);
	(void)decompress((const int[]){ packed, plain }, &report);
	PROPERTY(lseek(plain, 0, SEEK_SET) == 0);
	(void)untar((const int[]){ plain, root }, &report);
	check_and_remove_root();
	return 0;
}
