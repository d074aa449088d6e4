/* SPDX-License-Identifier: MIT */
#include "image/remote.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"

int remote_http_new(const struct config *config, struct http **ret)
{
	struct http_limits limits = http_limits_default;

	limits.connect = limits.stall = config->http_timeout * USEC_PER_SEC;
	limits.patience = config->http_body_timeout * USEC_PER_SEC;
	return http_new(&limits, ret);
}

/* Of a server by its name. */
static bool is_insecure(const struct config *config, const char *name)
{
	const struct config_registry *r = config_find_registry(config, name);

	return r && *r->insecure ? streq(r->insecure, "yes") : registry_is_local(name);
}

static const char *ca_file_of(const struct config *config, const char *name)
{
	const struct config_registry *r = config_find_registry(config, name);

	if (r && *r->ca_file)
		return r->ca_file;
	return *config->http_ca_file ? config->http_ca_file : NULL;
}

static struct registry_mirror mirror_of(const struct config *config, const char *location)
{
	cleanup_free char *name = xstrndup(location, strcspn(location, "/"));
	const struct config_registry *r = config_find_registry(config, name);

	return (struct registry_mirror){ .location = location,
					 .insecure = is_insecure(config, name),
					 .ca_file = r && *r->ca_file ? r->ca_file : NULL };
}

int remote_registry_new(const struct config *config, struct http *http, const char *name,
			struct registry **ret)
{
	const struct config_registry *r = config_find_registry(config, name);
	size_t n = r ? r->mirrors.n : 0;
	cleanup_free struct registry_mirror *mirrors = xcalloc(n + 1, sizeof(*mirrors));
	const struct credential_settings credentials = { .docker_user = config->docker_user,
							 .docker_token = config->docker_token };
	const struct registry_settings settings = { .insecure = is_insecure(config, name),
						    .ca_file = ca_file_of(config, name),
						    .mirrors = mirrors,
						    .n_mirrors = n,
						    .credentials = &credentials };

	for (size_t i = 0; i < n; i++)
		mirrors[i] = mirror_of(config, r->mirrors.v[i]);
	return registry_new(http, name, &settings, ret);
}
