/* SPDX-License-Identifier: MIT */
/* unit: the systemd units of an application, systemd.service(5) and systemd.socket(5).
 *
 * sdme-oci-APP.service runs sdme-app-init, which reads all else from the files of the application
 * (app.h). For a connector it runs the server of connectors, and sdme-oci-APP.socket starts it. While
 * an application is the only one of its tree, sdme-oci-app.service and .socket are other names of its
 * units.
 *
 * Nothing of an image goes into a unit but names that were checked and the number of a signal. */
#pragma once

#include <stdbool.h>

#include "app/app.h"

/* What the units of the only application are called besides. */
#define APP_UNIT_ALIAS "sdme-oci-app"

/* The programs that are bound into a container that needs them. */
#define APP_INIT_PATH "/usr/libexec/sdme-app-init"
#define APP_CONNECTOR_SERVER_PATH "/usr/libexec/sdme-connector-server"
#define APP_CONNECTOR_CLIENT_PATH "/usr/libexec/sdme-connector-client"
/* Where the system call filters of applications are in a container: a file for each set of
 * capabilities, its 16 hexadecimal digits and ".bpf", of struct sock_filter (linux/filter.h). */
#define APP_FILTERS_DIR "/run/sdme/filters"

/* "sdme-oci-APP.service", "sdme-oci-APP.socket"; the caller frees. */
char *app_unit_name(const char *app);
char *app_socket_name(const char *app);
/* Where the service's file is in a tree, without a slash in front: where /etc is not to be written to
 * (NixOS), it is in etc/systemd/system.control. The caller frees. */
char *app_unit_path(int tree_fd, const char *app);

struct app_unit {
	const char *name;      /* app_name_is_valid() */
	const char *connector; /* its name, of the same form; NULL: it is none */
	int stop_signal; /* of signal_parse(), 0: SIGTERM; not for a connector, whose server it would reach */
	bool is_only;    /* of its tree */
};

/* The texts of the files; the caller frees. */
char *app_service_text(const struct app_unit *u);
char *app_socket_text(const struct app_unit *u);

/* /connectors/NAME/NAME.sock; the caller frees. NULL: that is longer than the address of a socket may
 * be. */
char *app_connector_socket(const char *connector);
