/* SPDX-License-Identifier: MIT */
#include "container/resolvconf.h"

#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

#define HOSTS "/etc/resolv.conf"
#define FILE_MAX (64 * 1024)

static const char name[] = "resolv.conf";

/* Rename the tree's own to a name that is free. */
static int put_aside(struct resolvconf *r)
{
	int error = -EEXIST;

	for (unsigned i = 0; error == -EEXIST && i < 1000; i++) {
		cleanup_free char *saved = xasprintf(".%s.sdme-%u", name, i);

		error = rename_noreplace_at(r->etc_fd, name, r->etc_fd, saved);
		if (error >= 0)
			r->saved = TAKE_PTR(saved);
	}
	return error == -ENOENT ? 0 : error;
}

int resolvconf_lend(int root_fd, struct resolvconf *ret)
{
	cleanup_resolvconf struct resolvconf lent = RESOLVCONF_INIT;
	cleanup_free char *text = NULL;
	int r = read_file_at(AT_FDCWD, HOSTS, FILE_MAX, &text);

	if (r < 0 && r != -ENOENT)
		return r;
	lent.etc_fd = mkdir_in_root(root_fd, "etc", 0755);
	r = lent.etc_fd < 0 ? lent.etc_fd : put_aside(&lent);
	if (r >= 0)
		r = write_file_atomic_at(lent.etc_fd, name, text ? text : "", 0644,
					 WRITE_EXCL | WRITE_NO_SYNC);
	if (r < 0)
		return r;
	*ret = lent;
	lent = (struct resolvconf)RESOLVCONF_INIT;
	return 0;
}

int resolvconf_return(struct resolvconf *r)
{
	int error = r->etc_fd < 0 ? 0 : rmtree_at(r->etc_fd, name);

	if (error >= 0 && r->saved)
		error = rename_noreplace_at(r->etc_fd, r->saved, r->etc_fd, name);
	if (r->etc_fd >= 0)
		close(r->etc_fd);
	replace_str(&r->saved, NULL);
	r->etc_fd = -1;
	return error;
}

void resolvconf_done(struct resolvconf *r)
{
	(void)resolvconf_return(r);
}
