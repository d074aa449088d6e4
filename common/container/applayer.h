/* SPDX-License-Identifier: MIT */
/* applayer: the applications of a layer of a root filesystem (app.h), as systemd and people find them
 * there.
 *
 *	oci/apps/NAME/                     the application itself, the caller's
 *	etc/systemd/system/                its units (unit.h), enabled; of a NixOS: etc/systemd/system.control
 *	oci/{root,env,ports,volumes}       links into oci/apps/NAME, while it is the only one
 *	sdme-oci-app.{service,socket}      links to its units, then too
 *
 * and of a connector
 *
 *	oci/proxy-mode                     its name
 *	connectors/CONNECTOR/              links to the client, called as the connector and as the program
 *
 * None of it is on the disk yet when these return. What people have changed there is left as it is. What
 * does not say that it is silent logs. */
#pragma once

#include "app/app.h"
#include "container/upper.h"

#define APP_CONNECTOR_MARK "oci/proxy-mode"

/* The name of the connector of a tree, or NULL; the caller frees. Silent. */
char *applayer_connector(int tree_fd);

/* The application has come, or is there in another form; connector is NULL if it is none. */
int applayer_add(const struct upper *u, const char *name, const struct app *app, const char *connector);
/* It goes, with its directory; of its connector as well, if it has one. */
int applayer_remove(const struct upper *u, const char *name);
/* The short names, after the last of these. */
int applayer_settle(const struct upper *u);
