/* SPDX-License-Identifier: MIT */
#include "base/treesize.h"

#include "base/alloc.h"
#include "base/inodemap.h"
#include "base/treewalk.h"

static bool is_new(struct inodemap *seen, const struct tree_stat *st)
{
	void **value = inodemap_get(seen, st->dev, st->ino);

	if (*value)
		return false;
	*value = xmalloc(1);
	return true;
}

int tree_size(int root_fd, uint64_t *ret_bytes)
{
	cleanup_treewalk struct treewalk w = TREEWALK_INIT;
	cleanup_inodemap struct inodemap seen = INODEMAP_INIT;
	uint64_t blocks = 0;
	int r = treewalk_start(&w, root_fd, 0);

	while (r >= 0 && (r = treewalk_next(&w)) > 0) {
		const struct tree_stat *st = &w.entry.st;

		if (r == TREE_ENTER || (r == TREE_FILE && (st->nlink < 2 || is_new(&seen, st))))
			blocks += st->blocks;
	}
	if (r < 0)
		return r;
	*ret_bytes = blocks * 512;
	return 0;
}
