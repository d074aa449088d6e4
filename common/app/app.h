/* SPDX-License-Identifier: MIT */
/* app: an application of an image, as the tree that it runs in keeps it. /oci/apps/NAME/ has
 *
 *	root/      the image's tree
 *	app.json   how its program is run: struct app
 *	env        its environment, a NAME=VALUE a line, to which people add. All behind the '=' is the value:
 *	           there are no quotes and no escapes. Blank lines, and those that begin with '#', say nothing;
 *	           of two lines with one NAME, the later one counts.
 *	ports      PORT/PROTOCOL a line, what it listens on
 *	volumes    a path a line, where it keeps its data
 *
 * The program of NAME is the service sdme-oci-NAME.service, which runs sdme-app-init NAME. app.json, UTF-8:
 *
 *	{"argv": ["nginx", "-g", "daemon off;"], "env": ["NAME=two\nlines"], "user": "0:1000",
 *	 "working_dir": "/", "stop_signal": "SIGQUIT", "capabilities": ["CAP_CHOWN"],
 *	 "no_new_privileges": false, "read_only": false, "seccomp": true, "connector": false,
 *	 "healthcheck": {"test": ["CMD", "true"], "interval_ns": 0, "timeout_ns": 0, "start_period_ns": 0,
 *	                 "start_interval_ns": 0, "retries": 0}}
 *
 * Whoever may write in the tree may change all of it: what is read is checked again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strv.h"

#define APP_DIR "oci/apps"
/* Of app.json and of env. */
#define APP_FILE_MAX (8 * 1024 * 1024)
/* Of arguments, of variables: each; and what execve(2) takes of one string, without the NUL. */
#define APP_STRINGS_MAX 8192
#define APP_STRING_MAX (128 * 1024 - 1)

struct app_health {
	struct strv test; /* "CMD" ARG... or "CMD-SHELL" COMMAND; empty: there is no check */
	uint64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns; /* 0: docker's defaults */
	uint64_t retries;                                                     /* 0: docker's default, 3 */
};

struct app {
	struct strv argv; /* at least one, unless others are always given */
	struct strv env;  /* NAME=VALUE, of app.json: those that are more than one line; app_read_env() */
	char *user;       /* USER[:GROUP], names or numbers, as the image has it; NULL: root */
	char *working_dir; /* absolute; NULL: "/" */
	char *stop_signal; /* "SIGTERM", as signal_parse() takes it; NULL: SIGTERM */
	uint64_t capabilities; /* bit N is capability N of linux/capability.h */
	bool no_new_privileges, read_only;
	bool seccomp;   /* docker's rules for these capabilities */
	bool connector; /* its program is run for clients of a connector, not on its own */
	struct app_health health;
};
#define APP_INIT { .seccomp = true }
#define cleanup_app __attribute__((cleanup(app_done)))

/* What docker gives a container: dockerd(8), "Runtime privilege and Linux capabilities". */
extern const uint64_t app_default_capabilities;

/* As names of root filesystems are: 1 to 64 characters a-z 0-9 and '-', the first a letter. */
bool app_name_is_valid(const char *name);

/* The names of those in a tree, sorted; what cannot be a name is passed over. Silent; none: 0. */
int app_list(int tree_fd, struct strv *names);

/* app.json of tree_fd/oci/apps/NAME. ret is filled on success only. Silent; sets *ret_message. -ENOENT:
 * there is no such app. */
int app_read(int tree_fd, const char *name, struct app *ret, char **ret_message);
/* All of its environment: that of app.json, then the lines of the file env, which need not be there; a later
 * NAME replaces an earlier one. Silent; sets *ret_message. */
int app_read_env(int tree_fd, const char *name, const struct app *app, struct strv *env, char **ret_message);
/* Put NAME=VALUE into an environment, in the place of what has this NAME. */
void app_set_variable(struct strv *env, const char *entry);
/* The lines of ports or volumes, which need not be there. Silent. */
int app_read_lines(int tree_fd, const char *name, const char *file, struct strv *lines);

/* Write app.json into the directory of an app, not durably. Silent. */
int app_write(int app_fd, const struct app *app);

void app_done(struct app *app);
