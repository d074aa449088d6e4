/* SPDX-License-Identifier: MIT */
#include "registry/endpoint.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/jsonread.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/strbuf.h"
#include "http/url.h"
#include "oci/reference.h"
#include "registry/challenge.h"

#define TOKEN_ANSWER_MAX 65536
/* What the specification gives a token that says nothing, and any at least. */
#define TOKEN_LIFE_MIN 60
/* A year: nothing is fetched for longer. */
#define TOKEN_LIFE_MAX 31536000
/* So long before it expires it is replaced: it still has to get there. */
#define TOKEN_MARGIN (10 * USEC_PER_SEC)

/* --- endpoints ---------------------------------------------------------------------------- */

void endpoint_init(struct endpoint *e, const char *location)
{
	size_t n = strcspn(location, "/");
	const char *prefix = location + n + strspn(location + n, "/");

	e->name = xstrndup(location, n);
	/* The registry that has another name than its host. */
	e->host = xstrdup(streq(e->name, REFERENCE_DOCKER_HUB) ? "registry-1.docker.io" : e->name);
	e->prefix = *prefix ? xasprintf("%s/", prefix) : xstrdup("");
	e->trust.unverified = e->insecure;
}

static void free_secret(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void forget_challenge(struct access *a)
{
	free(a->realm);
	free(a->service);
	free(a->scope);
	free_secret(a->authorization);
	a->realm = a->service = a->scope = a->authorization = NULL;
	a->expires = 0;
}

void endpoint_done(struct endpoint *e)
{
	while (e->accesses) {
		struct access *a = e->accesses;

		e->accesses = a->next;
		forget_challenge(a);
		credentials_done(&a->credentials);
		free(a->repository);
		free(a);
	}
	free((char *)(uintptr_t)e->trust.ca_file);
	free((char *)(uintptr_t)e->trust.ca_dir);
	free(e->name);
	free(e->host);
	free(e->prefix);
}

struct access *endpoint_access(struct endpoint *e, const char *repository)
{
	struct access *a;

	for (a = e->accesses; a; a = a->next) {
		if (streq(a->repository, repository))
			return a;
	}
	a = xcalloc(1, sizeof(*a));
	a->repository = xstrdup(repository);
	a->next = e->accesses;
	e->accesses = a;
	return a;
}

char *endpoint_url(const struct endpoint *e, const char *repository, const char *kind,
		   const char *what)
{
	/* The characters of repositories, tags and digests need no escaping. */
	return xasprintf("%s://%s/v2/%s%s/%s/%s", e->plain ? "http" : "https", e->host, e->prefix,
			 repository, kind, what);
}

bool endpoint_fall_back(struct endpoint *e, bool was_plain, int error)
{
	if (!e->insecure || was_plain ||
	    (error != -EPROTO && error != -ECONNREFUSED && error != -ECONNRESET))
		return false;
	e->plain = true;
	return true;
}

/* --- credentials -------------------------------------------------------------------------- */

/* 1 if there are some. */
static int find_credentials(struct endpoint *e, struct access *a, char **ret_message)
{
	cleanup_free char *repository = xasprintf("%s%s", e->prefix, a->repository);
	int r;

	if (!a->asked && e->settings) {
		r = credentials_find(e->settings, e->name, repository, &a->credentials);
		if (r < 0)
			return message_set(ret_message, r, "there are no credentials for %s",
					   e->name);
	}
	a->asked = true;
	return a->credentials.user || a->credentials.identity_token;
}

static char *basic(const struct credentials *c)
{
	cleanup_free char *both = xasprintf("%s:%s", c->user, c->password);
	cleanup_free char *coded = base64_encode(both, strlen(both));
	char *value = xasprintf("Basic %s", coded);

	explicit_bzero(both, strlen(both));
	explicit_bzero(coded, strlen(coded));
	return value;
}

static int want_login(const struct endpoint *e, const struct access *a, char **ret_message)
{
	if (a->credentials.source)
		return message_set(ret_message, -EACCES,
				   "%s does not accept the credentials from %s for '%s'", e->name,
				   a->credentials.source, a->repository);
	return message_set(
		ret_message, -EACCES,
		"%s has no '%s', or wants to know who asks: 'podman login' and 'docker login' keep that",
		e->name, a->repository);
}

/* --- tokens ------------------------------------------------------------------------------- */

static void add_parameter(struct strbuf *s, const char *separator, const char *name,
			  const char *value)
{
	cleanup_free char *escaped = url_escape(value);

	strbuf_addf(s, "%s%s=%s", separator, name, escaped);
}

/* "service=...&scope=...&scope=...": the scopes are between blanks. */
static void add_parameters(struct strbuf *s, const char *separator, const struct access *a)
{
	cleanup_strv struct strv scopes = STRV_INIT;

	if (a->service) {
		add_parameter(s, separator, "service", a->service);
		separator = "&";
	}
	strv_split(&scopes, a->scope, ' ');
	STRV_FOREACH (scope, &scopes) {
		if (*scope)
			add_parameter(s, separator, "scope", scope);
		separator = "&";
	}
}

static int check_realm(const struct endpoint *e, const char *realm, struct url *ret,
		       char **ret_message)
{
	cleanup_free char *shown = redact(realm);
	int r = url_parse(realm, NULL, ret);

	if (r < 0 || ret->user || ret->password)
		return message_set(
			ret_message, -EINVAL,
			"%s sends us for a token to '%.200s', which is no address for that",
			e->name, shown);
	if (!ret->tls && !e->insecure)
		return message_set(ret_message, -EPERM,
				   "%s sends us for a token to %s without https", e->name,
				   ret->host);
	return 0;
}

/* Nothing that is not verified decides to whom secrets go. */
static bool may_send_secrets(const struct endpoint *e, const struct url *realm)
{
	size_t n = strlen(realm->host);

	return !e->insecure ||
	       (strncasecmp(e->host, realm->host, n) == 0 && (!e->host[n] || e->host[n] == ':'));
}

static int take_token(struct endpoint *e, struct access *a, const struct http_response *response,
		      char **ret_message)
{
	cleanup_json json_t *root = NULL;
	cleanup_free char *detail = NULL;
	const char *token = NULL;
	uint64_t life = TOKEN_LIFE_MIN;
	int r;

	json_wipe_memory();
	r = json_read(response->body, response->body_len, TOKEN_ANSWER_MAX, &root, &detail);
	if (r >= 0)
		r = json_is_object(root) ? json_get_string(root, "token", &token, &detail)
					 : -EINVAL;
	if (r >= 0 && (!token || !*token))
		r = json_get_string(root, "access_token", &token, &detail);
	if (r >= 0)
		r = json_get_integer(root, "expires_in", &life, &detail);
	if (r >= 0 && (!token || !*token))
		r = -EINVAL;
	/* It becomes part of a header. */
	for (const char *p = token; r >= 0 && *p; p++)
		r = *p > ' ' && *p < 127 ? 0 : -EINVAL;
	if (r < 0)
		return message_set(ret_message, -EPROTO,
				   "the token server %s of %s answers with no token", response->url,
				   e->name);
	life = life < TOKEN_LIFE_MIN   ? TOKEN_LIFE_MIN
	       : life > TOKEN_LIFE_MAX ? TOKEN_LIFE_MAX
				       : life;
	a->generation++;
	free_secret(a->authorization);
	a->authorization = xasprintf("Bearer %s", token);
	a->expires = now_usec() + life * USEC_PER_SEC - TOKEN_MARGIN;
	return 0;
}

/* realm with parameters, or a form with them: secrets of the second kind are not put into URLs. */
static int ask_for_token(struct endpoint *e, struct access *a, const struct url *realm,
			 bool secrets, struct transfer **ret)
{
	cleanup_strbuf struct strbuf url = STRBUF_INIT, form = STRBUF_INIT;
	char *authorization = NULL;
	int r;

	strbuf_add_str(&url, realm->text);
	if (secrets && a->credentials.identity_token) {
		strbuf_add_str(&form, "grant_type=refresh_token&client_id=sdme");
		add_parameter(&form, "&", "refresh_token", a->credentials.identity_token);
		add_parameters(&form, "&", a);
	} else {
		add_parameters(&url, strchr(realm->text, '?') ? "&" : "?", a);
		authorization = secrets ? basic(&a->credentials) : NULL;
	}
	r = http_fetch(e->http,
		       &(struct http_request){ .url = strbuf_str(&url),
					       .form = form.buf,
					       .authorization = authorization,
					       .trust = e->trust,
					       .max_bytes = TOKEN_ANSWER_MAX },
		       ret);
	free_secret(authorization);
	if (form.buf)
		explicit_bzero(form.buf, form.len);
	return r;
}

static int explain_token(const struct endpoint *e, const struct access *a,
			 const struct http_response *response, bool secrets, char **ret_message)
{
	int status = response->status;

	if (status == 400 || status == 401 || status == 403)
		return secrets ? want_login(e, a, ret_message)
			       : message_set(ret_message, -EACCES,
					     "%s gives no token for '%s' to anybody", e->name,
					     a->repository);
	if (status == 429)
		return message_set(ret_message, -EBUSY,
				   "the token server of %s has had too many requests from here",
				   e->name);
	return message_set(ret_message, -EPROTO, "the token server %s of %s answers with status %d",
			   response->url, e->name, status);
}

static int fetch_token(struct endpoint *e, struct access *a, char **ret_message)
{
	cleanup_transfer struct transfer *t = NULL;
	cleanup_url struct url realm = URL_INIT;
	struct endpoint there = *e;
	bool secrets;
	int r = check_realm(e, a->realm, &realm, ret_message);

	if (r >= 0)
		r = find_credentials(e, a, ret_message);
	if (r < 0)
		return r;
	secrets = r > 0 && may_send_secrets(e, &realm);
	if (r > 0 && !secrets)
		log_warning(
			"%s is insecure, and sends us for a token to %s: that is not told who asks",
			e->name, realm.host);
	/* Only the registry itself is taken as it is. */
	there.trust.unverified = e->insecure && may_send_secrets(e, &realm);
	r = ask_for_token(&there, a, &realm, secrets, &t);
	if (r == -EINTR)
		return r;
	if (r < 0)
		return message_set(ret_message, r, "no token for %s: %s", e->name,
				   transfer_response(t)->wrong);
	if (transfer_response(t)->status != 200)
		return explain_token(e, a, transfer_response(t), secrets, ret_message);
	return take_token(e, a, transfer_response(t), ret_message);
}

int access_refresh(struct endpoint *e, struct access *a, char **ret_message)
{
	return a->expires > 0 && now_usec() >= a->expires ? fetch_token(e, a, ret_message) : 0;
}

/* --- challenges --------------------------------------------------------------------------- */

static int answer_bearer(struct endpoint *e, struct access *a, const struct challenge *c,
			 char **ret_message)
{
	if (!c->realm)
		return message_set(ret_message, -EPROTO,
				   "%s wants a token and does not say from where", e->name);
	forget_challenge(a);
	a->realm = xstrdup(c->realm);
	a->service = xstrdup_null(c->service);
	a->scope = c->scope && *c->scope
			   ? xstrdup(c->scope)
			   : xasprintf("repository:%s%s:pull", e->prefix, a->repository);
	return fetch_token(e, a, ret_message);
}

static int answer_basic(struct endpoint *e, struct access *a, char **ret_message)
{
	bool sent = a->authorization && !a->realm;
	int r = find_credentials(e, a, ret_message);

	if (r < 0)
		return r;
	if (r == 0 || sent || !a->credentials.user)
		return want_login(e, a, ret_message);
	forget_challenge(a);
	a->generation++;
	a->authorization = basic(&a->credentials);
	return 0;
}

int access_answer(struct endpoint *e, struct access *a, const struct http_response *refusal,
		  char **ret_message)
{
	cleanup_challenges struct challenges list = CHALLENGES_INIT;
	const struct challenge *bearer;
	const char *field;

	if (refusal->elsewhere)
		return message_set(ret_message, -EACCES,
				   "%s, where %s sends us to, wants to know who asks", refusal->url,
				   e->name);
	for (unsigned i = 0; (field = http_header(refusal, "WWW-Authenticate", i)); i++) {
		if (challenges_add(&list, field) < 0)
			return message_set(
				ret_message, -EPROTO,
				"%s wants to know who asks, and not in a form that exists",
				e->name);
	}
	bearer = challenges_find(&list, "bearer");
	if (bearer)
		return answer_bearer(e, a, bearer, ret_message);
	if (challenges_find(&list, "basic"))
		return answer_basic(e, a, ret_message);
	return message_set(ret_message, -EACCES,
			   "%s wants to know who asks, in no way that is known here", e->name);
}

/* --- what went wrong ---------------------------------------------------------------------- */

/* What the registry says itself, {"errors": [{"code": ..., "message": ...}]}: " (...)", or "". */
static char *own_words(const struct http_response *response)
{
	cleanup_free char *detail = NULL;
	cleanup_json json_t *root = NULL;
	const char *text = NULL;
	json_t *errors = NULL;

	if (json_read(response->body, response->body_len, HTTP_BODY_MAX, &root, &detail) < 0 ||
	    !json_is_object(root) || json_get(root, "errors", JSON_ARRAY, &errors, &detail) < 0 ||
	    !errors || !json_is_object(json_array_get(errors, 0)) ||
	    json_get_string(json_array_get(errors, 0), "message", &text, &detail) < 0 || !text)
		return xstrdup("");
	return xasprintf(" (%.200s)", text);
}

int endpoint_explain(const struct endpoint *e, const struct access *a,
		     const struct http_response *response, const char *what, char **ret_message)
{
	cleanup_free char *own = own_words(response);
	int status = response->status;

	if (response->elsewhere)
		return message_set(ret_message, -EPROTO,
				   "%s, where %s has '%s', answers with status %d", response->url,
				   e->name, what, status);
	switch (status) {
	case 401:
		return want_login(e, a, ret_message);
	case 403:
		return message_set(ret_message, -EACCES, "%s does not let us have '%s'%s", e->name,
				   what, own);
	case 404:
		return message_set(ret_message, -ENOENT, "%s has no '%s'%s", e->name, what, own);
	case 429:
		return message_set(ret_message, -EBUSY,
				   "%s has had too many requests from here; try again later%s%s",
				   e->name,
				   streq(e->name, REFERENCE_DOCKER_HUB) && !a->credentials.source
					   ? ", or log in ('docker login'), which allows more"
					   : "",
				   own);
	default:
		if (http_is_type(response, "text/html"))
			return message_set(
				ret_message, -EPROTO,
				"%s answers with a web page and status %d: is it a registry?",
				e->name, status);
		return message_set(ret_message, -EPROTO,
				   "%s answers with status %d when asked for '%s'%s", e->name,
				   status, what, own);
	}
}
