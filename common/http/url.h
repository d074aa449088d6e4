/* SPDX-License-Identifier: MIT */
/* url: where a request goes, as the library that speaks HTTP understands it. Silent. */
#pragma once

#include <stdbool.h>

struct url {
	char *text; /* without user, password and fragment */
	char *host; /* an IPv6 address is in brackets */
	unsigned port;
	bool tls;
	char *user, *password; /* decoded; NULL: not there */
};

#define URL_INIT             \
	{                    \
		.text = NULL \
	}
#define cleanup_url __attribute__((cleanup(url_done)))

/* text is absolute, or, with a base, may be relative to it (RFC 3986, 5.2). -EINVAL: not a URL;
 * -EPROTONOSUPPORT: neither http nor https. ret is filled on success only. The library must be loaded. */
int url_parse(const char *text, const struct url *base, struct url *ret);
/* The same scheme, host and port (RFC 6454). */
bool url_same_origin(const struct url *a, const struct url *b);
/* For people and logs: without user, password and what follows '?', where signatures are. The caller
 * frees. */
char *url_redacted(const struct url *u);
/* Wipes the password. */
void url_done(struct url *u);

/* text with all but letters, digits and "-._~" as %XX (RFC 3986, 2.1); the caller frees. */
char *url_escape(const char *text);
