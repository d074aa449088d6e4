/* SPDX-License-Identifier: MIT */
#include "registry/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/log.h"
#include "oci/document.h"
#include "oci/media_type.h"
#include "registry/endpoint.h"

struct registry {
	struct http *http;
	struct credential_settings credentials; /* with copies of its strings */
	struct endpoint
		*endpoints; /* in the order they are asked in; the registry itself is the last */
	size_t n_endpoints;
};

bool registry_is_local(const char *name)
{
	static const char *const names[] = { "localhost", "[::1]" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *rest = after_prefix(name, names[i]);

		if (rest && (*rest == '\0' || *rest == ':'))
			return true;
	}
	return strncmp(name, "127.", 4) == 0 && strspn(name, "0123456789.") == strcspn(name, ":");
}

static void add_endpoint(struct registry *r, const struct registry_settings *s,
			 const struct registry_mirror *m)
{
	struct endpoint *e = &r->endpoints[r->n_endpoints++];

	*e = (struct endpoint){
		.http = r->http,
		.settings = s->credentials ? &r->credentials : NULL,
		.insecure = m->insecure,
		.trust = { .ca_file = xstrdup_null(m->ca_file ? m->ca_file : s->ca_file),
			   .ca_dir = xstrdup_null(s->ca_dir) },
	};
	endpoint_init(e, m->location);
}

static void copy_credentials(struct registry *r, const struct credential_settings *c)
{
	r->credentials = *c;
	r->credentials.docker_user = xstrdup_null(c->docker_user);
	r->credentials.docker_token = xstrdup_null(c->docker_token);
	r->credentials.auth_file = xstrdup_null(c->auth_file);
}

static void free_copy(const char *text)
{
	char *copy = (char *)(uintptr_t)text;

	if (copy)
		explicit_bzero(copy, strlen(copy));
	free(copy);
}

int registry_new(struct http *http, const char *name, const struct registry_settings *settings,
		 struct registry **ret)
{
	struct registry *r;
	int error = json_load();

	if (error >= 0)
		error = hasher_load();
	if (error < 0)
		return error;
	r = xcalloc(1, sizeof(*r));
	r->http = http;
	if (settings->credentials)
		copy_credentials(r, settings->credentials);
	r->endpoints = xcalloc(settings->n_mirrors + 1, sizeof(*r->endpoints));
	for (size_t i = 0; i < settings->n_mirrors; i++)
		add_endpoint(r, settings, &settings->mirrors[i]);
	add_endpoint(r, settings, &(struct registry_mirror){ name, settings->insecure, NULL });
	*ret = r;
	return 0;
}

void registry_free(struct registry *r)
{
	for (size_t i = 0; i < r->n_endpoints; i++)
		endpoint_done(&r->endpoints[i]);
	free(r->endpoints);
	free_copy(r->credentials.docker_user);
	free_copy(r->credentials.docker_token);
	free_copy(r->credentials.auth_file);
	free(r);
}

/* A failure: of a mirror it is a step, of the registry itself it is the end. Takes message, which is the
 * caller's at the end. */
static int pass_over(const struct registry *r, size_t i, int error, char *message,
		     char **ret_message)
{
	if (error != -EINTR && i + 1 == r->n_endpoints) {
		*ret_message = message;
		return error;
	}
	if (error != -EINTR)
		log_warning("the mirror %s is passed over: %s", r->endpoints[i].name, message);
	free(message);
	return error;
}

static int log_failure(const struct registry *r, size_t i, int error, char *message)
{
	cleanup_free char *why = NULL;

	error = pass_over(r, i, error, message, &why);
	return why ? log_error_code(error, "%s", why) : error;
}

/* --- manifests and indexes ------------------------------------------------------------------ */

struct question {
	const char *method; /* NULL: GET */
	const char *repository, *what;
	const char *name; /* REPOSITORY:TAG */
};

static int no_answer(const struct endpoint *e, const struct question *q, int r, const char *wrong,
		     char **ret_message)
{
	if (r == -EPROTO && !e->insecure)
		return message_set(
			ret_message, r,
			"cannot get '%s': %s; if it has no TLS, set registries.%s.insecure of the configuration",
			q->name, wrong, e->name);
	return message_set(ret_message, r, "cannot get '%s': %s", q->name, wrong);
}

/* One request, and others while the answer asks for something that can be had. */
static int ask(struct endpoint *e, const struct question *q, struct transfer **ret,
	       char **ret_message)
{
	struct access *a = endpoint_access(e, q->repository);
	cleanup_strv struct strv headers = STRV_INIT;
	bool answered = false;

	strv_add(&headers, "Accept: " MEDIA_ACCEPT);
	for (;;) {
		cleanup_free char *url = endpoint_url(e, q->repository, "manifests", q->what);
		cleanup_transfer struct transfer *t = NULL;
		bool plain = e->plain;
		int r = access_refresh(e, a, ret_message);

		if (r < 0)
			return r;
		r = http_fetch(e->http,
			       &(struct http_request){ .url = url,
						       .method = q->method,
						       .headers = &headers,
						       .authorization = a->authorization,
						       .trust = e->trust,
						       .max_bytes = DOCUMENT_SIZE_MAX },
			       &t);
		if (r < 0 && r != -EINTR && endpoint_fall_back(e, plain, r))
			continue;
		if (r < 0)
			return no_answer(e, q, r, r == -EINTR ? "" : transfer_response(t)->wrong,
					 ret_message);
		if (transfer_response(t)->status == 401 && !answered) {
			r = access_answer(e, a, transfer_response(t), ret_message);
			if (r < 0)
				return r;
			answered = true;
			continue;
		}
		if (transfer_response(t)->status != 200)
			return endpoint_explain(e, a, transfer_response(t), q->name, ret_message);
		*ret = TAKE_PTR(t);
		return 0;
	}
}

/* The digest in the header: 1, or 0 if there is none of a known kind. */
static int said_digest(const struct endpoint *e, const struct http_response *response,
		       struct digest *ret, char **ret_message)
{
	const char *text = http_header(response, "Docker-Content-Digest", 0);
	int r = text ? digest_parse(text, ret) : -ENOTSUP;

	if (r == -EINVAL)
		return message_set(ret_message, -EPROTO, "%s names a digest that is none", e->name);
	return r == 0;
}

static void hash(enum digest_algorithm algorithm, const char *data, size_t len, struct digest *ret)
{
	cleanup_hasher struct hasher *h = hasher_new(algorithm);

	hasher_update(h, data, len);
	hasher_finish(h, ret);
}

static int verify(const struct endpoint *e, const struct http_response *response, const char *name,
		  const struct digest *wanted, struct digest *ret, char **ret_message)
{
	struct digest said, found;
	int r = said_digest(e, response, &said, ret_message);

	if (r < 0)
		return r;
	if (http_is_type(response, "text/html"))
		return message_set(ret_message, -EPROTO,
				   "%s answers with a web page: is it a registry?", e->name);
	if (r > 0) {
		hash(said.algorithm, response->body, response->body_len, &found);
		if (!digest_equal(&found, &said))
			return message_set(ret_message, -EBADMSG,
					   "%s sends for '%s' something else than it says", e->name,
					   name);
	}
	hash(wanted ? wanted->algorithm : DIGEST_SHA256, response->body, response->body_len, ret);
	if (wanted && !digest_equal(ret, wanted))
		return message_set(ret_message, -EBADMSG,
				   "%s sends for '%s' something of another digest", e->name, name);
	return 0;
}

static int get_from(struct endpoint *e, const struct question *q, const struct digest *digest,
		    struct registry_document *ret, char **ret_message)
{
	cleanup_transfer struct transfer *t = NULL;
	const struct http_response *response;
	const char *type;
	int r = ask(e, q, &t, ret_message);

	if (r < 0)
		return r;
	response = transfer_response(t);
	r = verify(e, response, q->name, digest, &ret->digest, ret_message);
	if (r < 0)
		return r;
	type = http_header(response, "Content-Type", 0);
	ret->type = xstrdup(type ? type : "");
	ret->bytes = xmalloc(response->body_len + 1);
	memcpy(ret->bytes, response->body, response->body_len + 1);
	ret->len = response->body_len;
	return 0;
}

static int get_document(struct registry *r, const char *repository, const char *tag,
			const struct digest *digest, struct registry_document *ret,
			char **ret_message)
{
	char text[DIGEST_TEXT_SIZE];
	cleanup_free char *name = NULL;
	struct question q = { .repository = repository, .what = tag };
	int error = -EINVAL;

	if (digest) {
		digest_text(digest, text);
		q.what = text;
	}
	q.name = name = xasprintf("%s%c%s", repository, digest ? '@' : ':', q.what);
	for (size_t i = 0; i < r->n_endpoints; i++) {
		char *message = NULL;

		error = get_from(&r->endpoints[i], &q, digest, ret, &message);
		if (error >= 0)
			return 0;
		error = pass_over(r, i, error, message, ret_message);
		if (error == -EINTR)
			break;
	}
	return error;
}

int registry_get_document(struct registry *r, const char *repository, const char *tag,
			  const struct digest *digest, struct registry_document *ret)
{
	cleanup_free char *why = NULL;
	int error = get_document(r, repository, tag, digest, ret, &why);

	return why ? log_error_code(error, "%s", why) : error;
}

static int resolve_at(struct endpoint *e, const struct question *q, struct digest *ret,
		      char **ret_message)
{
	cleanup_transfer struct transfer *t = NULL;
	int r = ask(e, q, &t, ret_message);

	return r < 0 ? r : said_digest(e, transfer_response(t), ret, ret_message);
}

int registry_resolve_tag(struct registry *r, const char *repository, const char *tag,
			 struct digest *ret, char **ret_message)
{
	cleanup_registry_document struct registry_document d = { 0 };
	cleanup_free char *name = xasprintf("%s:%s", repository, tag);
	const struct question q = { "HEAD", repository, tag, name };
	int error = 0;

	for (size_t i = 0; i < r->n_endpoints && error == 0; i++) {
		cleanup_free char *message = NULL;

		error = resolve_at(&r->endpoints[i], &q, ret, &message);
		if (error > 0)
			return 0;
		/* The next one may say it; and there are registries that do not know the method. */
		if (error < 0 && error != -EINTR && (i + 1 < r->n_endpoints || error == -EPROTO))
			error = 0;
		else if (error < 0)
			return pass_over(r, i, error, TAKE_PTR(message), ret_message);
	}
	/* Nobody says it. */
	error = get_document(r, repository, tag, NULL, &d, ret_message);
	if (error >= 0)
		*ret = d.digest;
	return error;
}

void registry_document_done(struct registry_document *d)
{
	free(d->bytes);
	free(d->type);
	d->bytes = d->type = NULL;
}

/* --- blobs ---------------------------------------------------------------------------------- */

struct registry_blob {
	struct registry *registry;
	struct registry_blob_request request;
	char *repository, digest[DIGEST_TEXT_SIZE], *name;
	size_t at; /* the endpoint that is asked */
	uint64_t position;
	bool is_whole, plain; /* plain: asked by http */
	bool answered;        /* a challenge, in this request */
	unsigned generation;  /* of what was sent */
	int write_error;      /* the caller's own */
	struct transfer *transfer;
	int error;
	char *message;
};

static struct endpoint *endpoint_of(const struct registry_blob *b)
{
	return &b->registry->endpoints[b->at];
}

static int write_bytes(void *userdata, const void *data, size_t len)
{
	struct registry_blob *b = userdata;
	int r = b->request.write(b->request.userdata, data, len);

	if (r < 0)
		b->write_error = r;
	return r;
}

static void begin(struct registry_blob *b)
{
	struct endpoint *e = endpoint_of(b);
	struct access *a = endpoint_access(e, b->repository);
	cleanup_free char *url = NULL;

	if (b->transfer)
		transfer_free(b->transfer);
	b->transfer = NULL;
	/* A range behind the end is an error. */
	b->is_whole = b->position == b->request.size && b->position > 0;
	b->error = b->is_whole ? 0 : access_refresh(e, a, &b->message);
	if (b->error < 0 || b->is_whole)
		return;
	b->plain = e->plain;
	b->generation = a->generation;
	url = endpoint_url(e, b->repository, "blobs", b->digest);
	b->transfer = http_start(b->registry->http, &(struct http_request){
							    .url = url,
							    .authorization = a->authorization,
							    .trust = e->trust,
							    .offset = b->position,
							    .max_bytes = b->request.size,
							    .immutable = true,
							    .write = write_bytes,
							    .userdata = b,
						    });
}

struct registry_blob *registry_blob_start(struct registry *r,
					  const struct registry_blob_request *request)
{
	struct registry_blob *b = xcalloc(1, sizeof(*b));

	b->registry = r;
	b->request = *request;
	b->repository = xstrdup(request->repository);
	digest_text(request->digest, b->digest);
	b->name = xasprintf("%s@%s", b->repository, b->digest);
	b->position = request->offset;
	if (request->no_mirrors)
		b->at = r->n_endpoints - 1;
	begin(b);
	return b;
}

/* The endpoint failed; 0 if there is another one. */
static int give_up_on(struct registry_blob *b, int error)
{
	error = log_failure(b->registry, b->at, error, TAKE_PTR(b->message));
	if (error == -EINTR || b->at + 1 == b->registry->n_endpoints)
		return error;
	b->at++;
	b->answered = false;
	begin(b);
	return 0;
}

/* The request went well, what came did not. */
static int wrong_size(struct registry_blob *b, const struct http_response *response)
{
	const char *server = endpoint_of(b)->name;

	if (http_is_type(response, "text/html"))
		return message_set(&b->message, -EBADMSG,
				   "%s answers with a web page when asked for '%s'", server,
				   b->name);
	return message_set(&b->message, -EBADMSG, "'%s' of %s has %llu bytes in place of %llu",
			   b->name, server, (unsigned long long)b->position,
			   (unsigned long long)b->request.size);
}

/* A request is done: 1 if the blob is, 0 if another one was begun. */
static int settle(struct registry_blob *b)
{
	const struct http_response *response = transfer_response(b->transfer);
	struct endpoint *e = endpoint_of(b);
	struct access *a = endpoint_access(e, b->repository);
	bool moved = transfer_position(b->transfer) > b->position;
	int r;

	b->position = transfer_position(b->transfer);
	if (response->error == -EFBIG && http_is_type(response, "text/html"))
		return wrong_size(b, response);
	if (response->error < 0 && !endpoint_fall_back(e, b->plain, response->error))
		return message_set(&b->message, response->error, "cannot get '%s': %s", b->name,
				   response->wrong);
	if (response->error < 0) {
		begin(b);
		return 0;
	}
	if (response->status == 401 && b->generation != a->generation) {
		begin(b);
		return 0;
	}
	if (response->status == 401 && (!b->answered || moved)) {
		r = access_answer(e, a, response, &b->message);
		b->answered = true;
		if (r >= 0)
			begin(b);
		return r;
	}
	if (response->status != 200 && response->status != 206)
		return endpoint_explain(e, a, response, b->name, &b->message);
	return b->position == b->request.size ? 1 : wrong_size(b, response);
}

int registry_blob_step(struct registry_blob *b)
{
	int r = b->error;

	if (b->is_whole)
		return 1;
	if (r >= 0 && !transfer_is_done(b->transfer))
		return 0;
	if (b->write_error < 0)
		return b->write_error;
	if (r >= 0)
		r = settle(b);
	return r < 0 ? give_up_on(b, r) : r;
}

void registry_blob_free(struct registry_blob *b)
{
	if (b->transfer)
		transfer_free(b->transfer);
	free(b->repository);
	free(b->name);
	free(b->message);
	free(b);
}
