/* SPDX-License-Identifier: MIT */
/* unit: the service of an application in the tree that it runs in. */
#pragma once

/* The programs that are bound into a container that needs them. */
#define APP_INIT_PATH "/usr/libexec/sdme-app-init"

/* "sdme-oci-APP.service"; the caller frees. */
char *app_unit_name(const char *app);
/* Where its file is in a tree, without a slash in front: where /etc is not to be written to (NixOS), it is in
 * etc/systemd/system.control. The caller frees. */
char *app_unit_path(int tree_fd, const char *app);
