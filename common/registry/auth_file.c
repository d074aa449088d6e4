/* SPDX-License-Identifier: MIT */
#include "registry/auth_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/jsonread.h"
#include "oci/reference.h"

/* What Docker calls the registry that it has a name for. */
#define DOCKER_HUB_KEY "https://index.docker.io/v1/"

/* The registry, or the beginning of a repository in it, that a key is for. The caller frees. */
static char *normal_key(const char *key)
{
	static const char *const schemes[] = { "https://", "http://" };
	static const char *const hubs[] = { "index.docker.io", "registry-1.docker.io" };
	bool is_url = false;
	size_t n, host;

	for (size_t i = 0; i < ARRAY_SIZE(schemes) && !is_url; i++) {
		const char *rest = after_prefix(key, schemes[i]);

		is_url = rest != NULL;
		key = rest ? rest : key;
	}
	n = strlen(key);
	while (n > 0 && key[n - 1] == '/')
		n--;
	host = strcspn(key, "/");
	if (host < n && (is_url || (n - host == 3 && (strncmp(key + host, "/v1", 3) == 0 ||
						      strncmp(key + host, "/v2", 3) == 0))))
		n = host;
	for (size_t i = 0; i < ARRAY_SIZE(hubs); i++) {
		if (strlen(hubs[i]) == host && strncmp(key, hubs[i], host) == 0)
			return xasprintf("%s%.*s", REFERENCE_DOCKER_HUB, (int)(n - host),
					 key + host);
	}
	return xstrndup(key, n);
}

/* How much of "REGISTRY/REPOSITORY" the key is; 0 if it is for something else. */
static size_t match(const char *name, const char *key)
{
	cleanup_free char *normal = normal_key(key);
	size_t n = strlen(normal);

	return n > 0 && strncmp(name, normal, n) == 0 && (name[n] == '\0' || name[n] == '/') ? n
											     : 0;
}

static int split_login(const char *coded, struct credentials *c)
{
	cleanup_free char *both = NULL;
	char *colon;
	int r = base64_decode(coded, &both);

	if (r < 0)
		return r;
	colon = strchr(both, ':');
	if (colon) {
		c->user = xstrndup(both, (size_t)(colon - both));
		c->password = xstrdup(colon + 1);
	}
	explicit_bzero(both, strlen(both));
	return colon ? 0 : -EINVAL;
}

static int read_login(const json_t *value, struct credentials *c, char **message)
{
	const char *auth, *user, *password, *token;

	if (!json_is_object(value) || json_get_string(value, "auth", &auth, message) < 0 ||
	    json_get_string(value, "username", &user, message) < 0 ||
	    json_get_string(value, "password", &password, message) < 0 ||
	    json_get_string(value, "identitytoken", &token, message) < 0)
		return -EINVAL;
	if (token && *token)
		c->identity_token = xstrdup(token);
	else if (auth && *auth)
		return split_login(auth, c);
	else if (user && *user && password) {
		c->user = xstrdup(user);
		c->password = xstrdup(password);
	}
	/* Else a helper has it: docker leaves an empty object in its place. */
	return 0;
}

static int find_login(const json_t *root, const char *name, struct credentials *ret, char **message)
{
	const json_t *found = NULL;
	json_t *auths = NULL;
	size_t longest = 0;
	int r = json_get(root, "auths", JSON_OBJECT, &auths, message);

	if (r < 0 || !auths)
		return r;
	for (void *i = json_object_iter(auths); i; i = json_object_iter_next(auths, i)) {
		size_t n = match(name, json_object_iter_key(i));

		if (n > longest) {
			longest = n;
			found = json_object_iter_value(i);
		}
	}
	return found ? read_login(found, ret, message) : 0;
}

static int find_helper(const json_t *root, const char *registry, struct auth_entry *e,
		       char **message)
{
	const char *store = NULL, *helper = NULL;
	json_t *helpers = NULL;
	int r = json_get(root, "credHelpers", JSON_OBJECT, &helpers, message);

	if (r >= 0)
		r = json_get_string(root, "credsStore", &store, message);
	if (r < 0)
		return r;
	for (void *i = helpers ? json_object_iter(helpers) : NULL; i;
	     i = json_object_iter_next(helpers, i)) {
		const char *key = json_object_iter_key(i);

		if (match(registry, key) != strlen(registry))
			continue;
		helper = json_string_value(json_object_iter_value(i));
		if (!helper)
			return -EINVAL;
		if (*helper) {
			e->helper = xstrdup(helper);
			e->server = xstrdup(key);
		}
		return 0;
	}
	if (store && *store) {
		e->helper = xstrdup(store);
		e->server =
			xstrdup(streq(registry, REFERENCE_DOCKER_HUB) ? DOCKER_HUB_KEY : registry);
	}
	return 0;
}

int auth_file_find(const char *text, const char *registry, const char *repository,
		   struct auth_entry *ret)
{
	/* What is wrong is not passed on: there may be a secret in it. */
	cleanup_free char *name = xasprintf("%s/%s", registry, repository), *message = NULL;
	cleanup_auth_entry struct auth_entry e = AUTH_ENTRY_INIT;
	cleanup_json json_t *root = NULL;
	int r;

	json_wipe_memory();
	r = json_read(text, strlen(text), AUTH_FILE_MAX, &root, &message);
	if (r >= 0 && !json_is_object(root))
		r = -EINVAL;
	if (r >= 0)
		r = find_helper(root, registry, &e, &message);
	if (r >= 0)
		r = find_login(root, name, &e.login, &message);
	if (r < 0)
		return r;
	*ret = e;
	e = (struct auth_entry)AUTH_ENTRY_INIT;
	return 0;
}

void auth_entry_done(struct auth_entry *e)
{
	credentials_done(&e->login);
	free(e->helper);
	free(e->server);
}
