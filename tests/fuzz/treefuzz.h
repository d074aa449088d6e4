/* SPDX-License-Identifier: MIT */
/* treefuzz: a directory of the target's own, removed at its end, with an empty directory beside the one that
 * an input is unpacked into. */
#pragma once

#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "layer/decompress.h"

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

/* Nothing came into the directory beside, the root is a directory still. It is removed. */
static void check_and_remove_root(void)
{
	struct stat st;

	/* Only an empty one can be removed. */
	PROPERTY(fstatat(top, "beside", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode));
	PROPERTY(unlinkat(top, "beside", AT_REMOVEDIR) == 0 && mkdirat(top, "beside", 0755) == 0);
	PROPERTY(fstatat(top, "root", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode));
	PROPERTY(rmtree_at(top, "root") == 0);
}
