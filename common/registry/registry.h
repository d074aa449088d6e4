/* SPDX-License-Identifier: MIT */
/* registry: images in a registry, by the OCI distribution specification
 * (https://github.com/opencontainers/distribution-spec, spec.md), and the token authentication of
 * https://distribution.github.io/distribution/spec/auth/token/.
 *
 * A registry may have mirrors: they are asked first, in order, and whatever goes wrong with one, the next is
 * asked. What is asked for by digest is verified whoever it comes from; what a tag means, they are believed.
 *
 * Credentials are looked for (credentials.h) when somebody asks for them: the registry itself, not a server
 * that it redirects to. They go to the registry, and to the token server that it names, which must be
 * reached by https. Over a connection that is not verified, they go to no other host than the registry's.
 *
 * A registry that may be insecure is one by https that nothing is verified of, or, where https is not
 * spoken, by http. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "http/http.h"
#include "layer/digest.h"
#include "registry/credentials.h"

struct registry_mirror {
	const char *location; /* HOST[:PORT][/PREFIX]: PREFIX is put in front of repositories */
	bool insecure;
	const char *ca_file; /* NULL: the registry's */
};

struct registry_settings {
	bool insecure;
	const char *ca_file, *ca_dir;          /* as in http_trust, for mirrors too; NULL: none */
	const struct registry_mirror *mirrors; /* the one that is asked first first */
	size_t n_mirrors;
	const struct credential_settings *credentials; /* NULL: nobody is told who we are */
};

struct registry;

/* One of this machine: localhost, 127.0.0.0/8, [::1]. Docker takes these for insecure without being told. */
bool registry_is_local(const char *name);

/* name is that of a reference that was parsed: HOST[:PORT]. The settings are copied; http must stay. Logs. */
int registry_new(struct http *http, const char *name, const struct registry_settings *settings,
		 struct registry **ret);
/* After its blobs are freed. */
void registry_free(struct registry *r);
DEFINE_CLEANUP(struct registry *, registry_free)
#define cleanup_registry cleanup_(registry_free_p)

/* --- manifests and indexes ------------------------------------------------------------------ */

struct registry_document {
	char *bytes;          /* not parsed; a NUL follows */
	size_t len;           /* at most DOCUMENT_SIZE_MAX of document.h */
	char *type;           /* Content-Type, "" if there was none */
	struct digest digest; /* of the bytes */
};

#define cleanup_registry_document __attribute__((cleanup(registry_document_done)))
void registry_document_done(struct registry_document *d);

/* What a digest, or, if that is NULL, a tag stands for. The bytes are of that digest, and of the one that
 * the registry says. Logs. */
int registry_get_document(struct registry *r, const char *repository, const char *tag,
			  const struct digest *digest, struct registry_document *ret);
/* The digest of what a tag stands for at the moment, without fetching that, if the registry says it. Logs
 * mirrors that are passed over; why it failed is *ret_message, which the caller frees (NULL with -EINTR). */
int registry_resolve_tag(struct registry *r, const char *repository, const char *tag,
			 struct digest *ret, char **ret_message);

/* --- blobs ---------------------------------------------------------------------------------- */

struct registry_blob_request {
	const char *repository;
	const struct digest *digest; /* whoever takes the bytes verifies it */
	uint64_t size;               /* as the descriptor has it; more does not come */
	bool no_mirrors;             /* after what they sent was found to be wrong */
	uint64_t offset;             /* what is in front of it is there already */
	/* 0, or a negative errno, which ends the blob and is not logged. */
	int (*write)(void *userdata, const void *data, size_t len);
	void *userdata;
};

struct registry_blob;

/* Begin to fetch a blob; then
 *
 *	while ((r = registry_blob_step(b)) == 0)
 *		http_poll(...);
 *
 * for one of them, or for many at a time. Never NULL. The request is copied, but for userdata. */
struct registry_blob *registry_blob_start(struct registry *r,
					  const struct registry_blob_request *request);
/* 1 when all of it was written, 0 while it goes on, or a negative errno. Logs. Tokens are fetched here, in
 * the middle of a blob too, and meanwhile http_poll() is called. */
int registry_blob_step(struct registry_blob *b);
void registry_blob_free(struct registry_blob *b);
DEFINE_CLEANUP(struct registry_blob *, registry_blob_free)
#define cleanup_registry_blob cleanup_(registry_blob_free_p)
