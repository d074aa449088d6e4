/* SPDX-License-Identifier: MIT */
/* helper: programs that keep credentials, by the protocol of
 * https://github.com/docker/docker-credential-helpers: "docker-credential-NAME get" reads the server from
 * its standard input and writes {"Username": ..., "Secret": ...}; the user "<token>" says that the secret is
 * an identity token. */
#pragma once

#include <sys/types.h>

#include "registry/credentials.h"

#define HELPER_OUTPUT_MAX 65536

/* What the helper has for the server: 1; 0 if nothing; -EINTR; -ETIMEDOUT after the limit; or another
 * negative errno. It runs as the user uid, which is the current one unless that is root. Silent; sets
 * *ret_message (base/message.h), whose subject is the helper. json_load() comes first. */
int helper_get(const char *name, const char *server, uid_t uid, usec_t limit,
	       struct credentials *ret, char **ret_message);
