/* SPDX-License-Identifier: MIT */
/* auth_file: the credentials that podman and docker keep: auth.json, containers-auth.json(5), and
 * config.json, docker-login(1), which are of one form:
 *
 *	{ "auths": { "HOST[/PATH]": { "auth": base64("USER:PASSWORD"), "identitytoken": "..." } },
 *	  "credHelpers": { "HOST": "NAME" }, "credsStore": "NAME" }
 *
 * Of the keys of "auths", the longest that the repository begins with counts. Docker writes URLs there, of
 * which the host counts. Silent. */
#pragma once

#include "registry/credentials.h"

#define AUTH_FILE_MAX (1024 * 1024)

struct auth_entry {
	struct credentials login; /* all NULL: there is none */
	char *helper;             /* to be asked first: NAME; NULL: none */
	char *server;             /* what to ask it for */
};

#define AUTH_ENTRY_INIT        \
	{                      \
		.helper = NULL \
	}
#define cleanup_auth_entry __attribute__((cleanup(auth_entry_done)))

/* What the text has for the repository of a registry. -EINVAL: it is not of that form. json_load() comes
 * first. */
int auth_file_find(const char *text, const char *registry, const char *repository,
		   struct auth_entry *ret);
void auth_entry_done(struct auth_entry *e);
