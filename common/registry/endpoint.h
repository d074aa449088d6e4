/* SPDX-License-Identifier: MIT */
/* endpoint: one server that has the repositories of a registry: itself or a mirror; and who we are to it.
 *
 * Between registry.c and endpoint.c only. Silent but for warnings; on failure *ret_message (base/message.h)
 * is set to a whole sentence, for the failure of a mirror need not be one of ours. */
#pragma once

#include "base/message.h"
#include "http/http.h"
#include "registry/credentials.h"

/* What one repository there asks of us. */
struct access {
	struct access *next;
	char *repository;
	bool asked; /* credentials were looked for */
	struct credentials credentials;
	/* The answer to its last challenge. */
	char *realm, *service, *scope; /* of the token server; realm NULL: no token is wanted */
	char *authorization;           /* NULL: none yet */
	usec_t expires;                /* 0: never */
	/* Counts the answers: of several requests at a time, one answers for all. */
	unsigned generation;
};

struct endpoint {
	struct http *http;
	const struct credential_settings *settings; /* NULL: we are nobody */
	char *name;           /* for people, and that credentials are kept by */
	char *host;           /* HOST[:PORT] that is connected to */
	char *prefix;         /* of repositories: "" or "x/y/" */
	bool insecure, plain; /* plain: by http */
	struct http_trust trust; /* with strings of its own */
	struct access *accesses;
};

/* location is HOST[:PORT][/PREFIX]. */
void endpoint_init(struct endpoint *e, const char *location);
void endpoint_done(struct endpoint *e);
struct access *endpoint_access(struct endpoint *e, const char *repository);

/* The URL of something in a repository: kind is "manifests" or "blobs"; the caller frees. */
char *endpoint_url(const struct endpoint *e, const char *repository, const char *kind,
		   const char *what);

/* Before a request: a token that is about to expire is replaced. */
int access_refresh(struct endpoint *e, struct access *a, char **ret_message);
/* After a request was answered with 401: 0 if the next one has what was asked for. */
int access_answer(struct endpoint *e, struct access *a, const struct http_response *refusal,
		  char **ret_message);

/* A request failed like this. True if it is to be made again, by http: https is not spoken there, and that
 * may be. was_plain: that request went by http already. */
bool endpoint_fall_back(struct endpoint *e, bool was_plain, int error);

/* What an answer other than 2xx means; what was asked for is "REPOSITORY:TAG". */
int endpoint_explain(const struct endpoint *e, const struct access *a,
		     const struct http_response *response, const char *what, char **ret_message);
