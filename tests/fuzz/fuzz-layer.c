/* SPDX-License-Identifier: MIT */
/* A tarball is applied as a layer, twice, to a tree that lower layers have made. Whatever is in it,
 * nothing beside the root is touched, and the root stays what it is. */
#include "treefuzz.h"

#include "layer/untar.h"

/* What names of a short input hit. */
static void make_lower(void)
{
	PROPERTY(mkdirat(top, "root", 0755) == 0 && mkdirat(top, "root/d", 0755) == 0);
	PROPERTY(mkdirat(top, "root/d/e", 0755) == 0 && mkdirat(top, "root/d/e/f", 0755) == 0);
	PROPERTY(mknodat(top, "root/d/a", S_IFREG | 0644, 0) == 0);
	PROPERTY(mknodat(top, "root/d/e/a", S_IFREG | 0644, 0) == 0);
	PROPERTY(symlinkat("d", top, "root/l") == 0 && symlinkat("../../beside", top, "root/d/up") == 0);
	PROPERTY(linkat(top, "root/d/a", top, "root/a", 0) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int plain = memfd_create("plain", MFD_CLOEXEC),
			  null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	cleanup_close int root = -1;
	struct worker_report report = { .fd = null };

	if (size > 64 * 1024)
		return 0;
	make_lower();
	root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	PROPERTY(root >= 0 && write_all(plain, data, size) == 0);
	for (int i = 0; i < 2; i++) {
		PROPERTY(lseek(plain, 0, SEEK_SET) == 0);
		(void)untar_layer((const int[]){ plain, root }, &report);
	}
	check_and_remove_root();
	return 0;
}
