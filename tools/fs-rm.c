/* SPDX-License-Identifier: MIT */
/* fs-rm: remove root filesystems. */

#include <errno.h>
#include <stdio.h>

#include "applet.h"
#include "base/confirm.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "container/rootfs.h"
#include "container/stage.h"

static bool arg_all, arg_force;

static const struct opt opts[] = {
	OPT_FLAG('a', "all", &arg_all, "Every root filesystem"),
	OPT_FLAG('f', "force", &arg_force, "Do not ask before --all"),
	OPT_END,
};

static int confirm_all(const struct store *s, size_t n)
{
	int r;

	if (arg_force)
		return 0;
	if (!confirm_is_possible(s->config.interactive))
		return log_error_code(-EPERM, "there is nobody to ask whether all %zu root filesystems shall go; use --force",
				      n);
	r = confirm("remove all root filesystems? are you sure? [y/N] ", false);
	return r == 0 ? log_error_code(-ECANCELED, "aborted") : r;
}

static int remove_each(const struct store *s, const struct strv *names)
{
	int first_error = 0;

	STRV_FOREACH(name, names) {
		int r;

		if (interrupted())
			return -EINTR;
		log_notice("removing '%s'", name);
		r = stage_remove(s, name);
		if (r < 0 && first_error == 0)
			first_error = r;
		if (r < 0)
			continue;
		printf("%s\n", name);
		fflush(stdout);
	}
	if (first_error < 0 && names->n > 1)
		log_error("some fs entries could not be removed");
	return first_error;
}

static int run(const struct args *args)
{
	cleanup_store struct store s = STORE_INIT;
	cleanup_strv struct strv names = STRV_INIT;
	int r;

	if (arg_all == (args->argc > 0))
		return usage_error(arg_all ? "--all takes no names" :
					     "which root filesystems? give names, or --all");
	for (int i = 0; i < args->argc; i++)
		strv_add(&names, args->argv[i]);
	r = store_open(STORE_WRITE, global_args.config, &s);
	if (r >= 0 && s.config.auto_fs_gc)
		(void)stage_gc(&s);
	if (r >= 0 && arg_all)
		r = rootfs_list(&s, &names);
	if (r < 0)
		return r;
	if (names.n == 0) {
		log_notice("no fs entries to remove");
		return 0;
	}
	r = arg_all ? confirm_all(&s, names.n) : 0;
	if (r < 0)
		return r;
	rootfs_sort_for_removal(&s, &names);
	return remove_each(&s, &names);
}

const struct applet applet_fs_rm = {
	.name = "sdme-fs-rm",
	.summary = "Remove root filesystems",
	.synopsis = "NAME... | --all",
	.examples = "  sudo sdme fs rm debian\n"
		    "  sudo sdme fs rm --all --force\n",
	.opts = opts,
	.operands = { WORDS_ROOTFS, WORDS_ROOTFS, WORDS_ROOTFS },
	.max_operands = -1,
	.flags = APPLET_ROOT,
	.run = run,
};
