/* SPDX-License-Identifier: MIT */
#include "app/unit.h"

#include <fcntl.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

char *app_unit_name(const char *app)
{
	return xasprintf("sdme-oci-%s.service", app);
}

char *app_unit_path(int tree_fd, const char *app)
{
	cleanup_free char *control = xasprintf("etc/systemd/system.control/sdme-oci-%s.service", app);
	cleanup_close int fd = open_in_root(tree_fd, control, O_PATH | O_NOFOLLOW, 0);

	return fd >= 0 ? TAKE_PTR(control) : xasprintf("etc/systemd/system/sdme-oci-%s.service", app);
}
