/* SPDX-License-Identifier: MIT */
/* credentials: who we are to a registry.
 *
 * Looked for in this order, and the first that has something about the registry counts:
 *
 *   1. docker_user and docker_token of the configuration, for Docker Hub only;
 *   2. the file that was asked for, or that $REGISTRY_AUTH_FILE names; then none of the next is read:
 *   3. $XDG_RUNTIME_DIR/containers/auth.json, or /run/containers/UID/auth.json without that variable;
 *   4. $XDG_CONFIG_HOME (~/.config) /containers/auth.json;
 *   5. $DOCKER_CONFIG (~/.docker) /config.json.
 *
 * That is what podman (containers-auth.json(5)) and docker (docker-login(1)) read. Who runs us by sudo has
 * logged in as themselves: with SUDO_UID set, root looks into /run/user/UID, ~/.config and ~/.docker of that
 * user as well, after its own.
 *
 * A file counts only if it belongs to us, to root, or to the user of SUDO_UID, and nobody else may write to
 * it: nobody else can make us send something, or run something. It may name a helper,
 * docker-credential-NAME, which is looked for in $PATH and runs as the owner of the file, never with more
 * rights than whoever wrote it has.
 *
 * Secrets are wiped from memory when they are freed, and never logged. */
#pragma once

#include "base/clock.h"

struct credentials {
	char *user, *password;
	char *identity_token; /* in place of a password: what token servers take for one (OAuth 2 refresh) */
	char *source; /* where they are from, for people */
};

#define CREDENTIALS_INIT     \
	{                    \
		.user = NULL \
	}
#define cleanup_credentials __attribute__((cleanup(credentials_done)))

struct credential_settings {
	const char *docker_user, *docker_token; /* NULL or "": none */
	const char *auth_file;                  /* NULL: none was asked for */
	usec_t helper_limit;                    /* 0: a minute, for some ask a person */
};

/* What there is for the repository of a registry, as in a reference that was parsed: 1, or 0 if there is
 * nothing. Logs: -EINTR, or what is wrong with the file that was asked for; the others are passed over with
 * a warning if something is. */
int credentials_find(const struct credential_settings *settings, const char *registry,
		     const char *repository, struct credentials *ret);
void credentials_done(struct credentials *c);
