/* SPDX-License-Identifier: MIT */
/* connectors: commands that one container offers to others (wire/frame.h), under the name of its root
 * filesystem. On the host, connectors/NAME/ of the data directory has
 *
 *	NAME, COMMAND   links to the client program: what people call, as /connectors/NAME/NAME
 *	NAME.sock       a link to .server/NAME.sock
 *	.server/        where the container that offers it makes its socket, as /connectors/NAME
 *
 * A client sees all of it, to be read; the server sees .server/ alone, so what it writes is never what a
 * client executes. */
#pragma once

#include "container/state.h"

/* The connector that a root filesystem offers (oci/proxy-mode in one of its layers that are on a
 * base): 1, and the caller frees *ret_name; 0: none. Logs. */
int connector_of_rootfs(const struct store *s, const char *rootfs, char **ret_name);

/* Make the directory of the connector that a root filesystem offers. Logs. */
int connector_make(const struct store *s, const char *name, const char *rootfs);

/* Whether there is one of this name: its directory, or a root filesystem that offers it, whose
 * directory is made then. Logs; -ENOENT. */
int connector_check(const struct store *s, const char *name);

/* Its directory on the host, and what its server sees; the caller frees. */
char *connector_dir(const struct store *s, const char *name);
char *connector_server_dir(const struct store *s, const char *name);

/* What SDME_CONNECTOR_DIR is in a client: "/connectors/NAME" of the only one, else "/connectors"; NULL
 * for a container that has none. The caller frees. */
char *connector_variable(const struct container *c);

/* -EBUSY, after a message, when another container that runs offers the connector, or one that began to start
 * before this one did. Logs. */
int connector_check_alone(const struct store *s, const struct container *c, const char *connector);
