/* SPDX-License-Identifier: MIT */
/* registrytest: registries of the server of server.h, and who we are for them, for tests of it. */
#pragma once

#include "server.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "registry/registry.h"

#define MANIFEST "{\"schemaVersion\": 2, \"what\": \"a manifest\"}"
#define LOGIN "Basic bWU6c2VjcmV0" /* me:secret */

static struct http *http;
static char *ca, *auth_file;
static struct credential_settings credentials;

/* Credentials for every registry that the tests have: whoever is not to get them has to be refused them. */
static void write_auth_file(const char *entry)
{
	FILE *f = fopen(auth_file, "w");
	const char *separator = "";

	assert_non_null(f);
	fputs("{\"auths\":{", f);
	for (size_t i = 0; server_ports[i].port; i++, separator = ",")
		fprintf(f, "%s\"127.0.0.1:%u\":%s,\"127.0.0.2:%u\":%s", separator,
			server_ports[i].port, entry, server_ports[i].port, entry);
	fputs("}}", f);
	fclose(f);
}

static int setup(void **state)
{
	if (server_start(state) < 0 || http_new(&quick, &http) < 0)
		return -1;
	umask(022);
	ca = xasprintf("%s/ca.pem", server_dir);
	auth_file = xasprintf("%s/auth.json", server_dir);
	credentials.auth_file = auth_file;
	write_auth_file("{\"auth\":\"bWU6c2VjcmV0\"}");
	return 0;
}

static int teardown(void **state)
{
	http_free(http);
	free(ca), free(auth_file);
	return server_stop(state);
}

static struct registry *open_registry(const char *name, bool insecure, bool nobody)
{
	const struct registry_settings settings = { .insecure = insecure,
						    .ca_file = ca,
						    .credentials = nobody ? NULL : &credentials };
	char *host = xasprintf("127.0.0.%d:%u", streq(name, "b") ? 2 : 1, server_port(name));
	struct registry *r = NULL;

	assert_int_equal(registry_new(http, host, &settings, &r), 0);
	free(host);
	return r;
}

/* Get REPOSITORY:TAG from it: the result, and what was said, static. */
__attribute__((unused)) static int get(struct registry *r, const char *repository, const char *tag,
				       const char **ret_said)
{
	cleanup_registry_document struct registry_document d = { 0 };
	struct capture messages = capture_start(stderr);
	int error;

	server_forget();
	error = registry_get_document(r, repository, tag, NULL, &d);
	*ret_said = capture_end(&messages);
	if (error < 0)
		return error;
	assert_string_equal(d.bytes, MANIFEST);
	assert_int_equal(d.len, strlen(MANIFEST));
	assert_string_equal(d.type, "application/vnd.oci.image.manifest.v1+json");
	assert_string_equal(*ret_said, "");
	return 0;
}

struct how {
	const char *name;
	bool insecure, nobody;
};

__attribute__((unused)) static const struct how tls = { "tls", false, false },
						plain = { "a", true, false };

__attribute__((unused)) static void assert_gets(struct how how, const char *repository, const char *tag)
{
	cleanup_registry struct registry *r = open_registry(how.name, how.insecure, how.nobody);
	const char *said;

	if (get(r, repository, tag, &said) < 0)
		fail_msg("%s:%s: %s%s", repository, tag, said, server_log());
}

__attribute__((unused)) static void assert_fails(struct how how, const char *repository, const char *tag,
						 int error, const char *words)
{
	cleanup_registry struct registry *r = open_registry(how.name, how.insecure, how.nobody);
	const char *said;
	int got = get(r, repository, tag, &said);

	if (got != error || !strstr(said, words) || strchr(said, '\n') != strrchr(said, '\n'))
		fail_msg("%s:%s: %d, not %d: %s", repository, tag, got, error, said);
}

static void assert_logged(const char *line)
{
	if (!strstr(server_log(), line))
		fail_msg("no '%s' in %s", line, server_log());
}
