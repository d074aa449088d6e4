/* SPDX-License-Identifier: MIT */
/* A tarball, compressed or not, is unpacked as the workers do it, in this process. Whatever is in it,
 * nothing beside the root is touched, and the root stays what it is. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/strv.h"
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
	PROPERTY(top >= 0 && mkdirat(top, "beside", 0755) == 0);
	PROPERTY(decompress_load() == 0);
	return 0;
}

static bool is_empty_dir(const char *name)
{
	struct stat st;

	/* Only an empty one can be removed. */
	return fstatat(top, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	       unlinkat(top, name, AT_REMOVEDIR) == 0 && mkdirat(top, name, 0755) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int packed = memfd_create("packed", MFD_CLOEXEC);
	cleanup_close int plain = memfd_create("plain", MFD_CLOEXEC);
	cleanup_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	cleanup_close int root = -1;
	struct worker_report report = { null };
	struct stat st;

	if (size > 64 * 1024)
		return 0;
	PROPERTY(mkdirat(top, "root", 0755) == 0);
	root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	PROPERTY(root >= 0 && write_all(packed, data, size) == 0);
	PROPERTY(lseek(packed, 0, SEEK_SET) == 0);
	(void)decompress((const int[]){ packed, plain }, &report);
	PROPERTY(lseek(plain, 0, SEEK_SET) == 0);
	(void)untar((const int[]){ plain, root }, &report);
	PROPERTY(is_empty_dir("beside"));
	PROPERTY(fstatat(top, "root", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode));
	PROPERTY(rmtree_at(top, "root") == 0);
	return 0;
}
