/* SPDX-License-Identifier: MIT */
/* A tarball is applied as a layer, twice, to a tree that lower layers have made. Whatever is in it,
 * nothing beside the root is touched, and the root stays what it is. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "layer/decompress.h"
#include "layer/untar.h"

static char top_path[] = "/tmp/sdme-fuzz-XXXXXX";
static int top;

static void remove_top(void)
{
	(void)rmtree_at(AT_FDCWD, top_path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	PROPERTY(mkdtemp(top_path));
	atexit(remove_top);
	top = open(top_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	PROPERTY(top >= 0 && mkdirat(top, "beside", 0755) == 0 && decompress_load() == 0);
	return 0;
}

static bool is_empty_dir(const char *name)
{
	struct stat st;

	/* Only an empty one can be removed. */
	return fstatat(top, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	       unlinkat(top, name, AT_REMOVEDIR) == 0 && mkdirat(top, name, 0755) == 0;
}

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
	struct stat st;

	if (size > 64 * 1024)
		return 0;
	make_lower();
	root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	PROPERTY(root >= 0 && write_all(plain, data, size) == 0);
	for (int i = 0; i < 2; i++) {
		PROPERTY(lseek(plain, 0, SEEK_SET) == 0);
		(void)untar_layer((const int[]){ plain, root }, &report);
	}
	PROPERTY(is_empty_dir("beside"));
	PROPERTY(fstatat(top, "root", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode));
	PROPERTY(rmtree_at(top, "root") == 0);
	return 0;
}
