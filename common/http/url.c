/* SPDX-License-Identifier: MIT */
#include "http/url.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "lazy/libcurl.h"

static void handle_free(CURLU *h)
{
	curl_url_cleanup(h);
}

DEFINE_CLEANUP(CURLU *, handle_free)

/* A part, or NULL when there is none. */
static char *get_part(CURLU *h, CURLUPart part, unsigned flags)
{
	char *value = NULL, *copy = NULL;

	if (curl_url_get(h, part, &value, flags) == CURLUE_OK && value) {
		copy = xstrdup(value);
		explicit_bzero(value, strlen(value));
	}
	curl_free(value);
	return copy;
}

static int take_login(CURLU *h, struct url *u)
{
	cleanup_free char *raw_user = get_part(h, CURLUPART_USER, 0),
			  *raw = get_part(h, CURLUPART_PASSWORD, 0);
	static const CURLUPart parts[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
					   CURLUPART_FRAGMENT };

	u->user = get_part(h, CURLUPART_USER, CURLU_URLDECODE);
	u->password = get_part(h, CURLUPART_PASSWORD, CURLU_URLDECODE);
	if (raw)
		explicit_bzero(raw, strlen(raw));
	/* The library does not decode control characters. */
	if ((raw_user && !u->user) || (raw && !u->password))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		(void)curl_url_set(h, parts[i], NULL, 0);
	return 0;
}

int url_parse(const char *text, const struct url *base, struct url *ret)
{
	cleanup_(handle_free_p) CURLU *h = curl_url();
	cleanup_free char *scheme = NULL, *port = NULL;
	cleanup_url struct url u = URL_INIT;
	uint64_t number;
	int r;

	if (!h || (base && curl_url_set(h, CURLUPART_URL, base->text, 0) != CURLUE_OK))
		return -EINVAL;
	switch ((int)curl_url_set(h, CURLUPART_URL, text, base ? CURLU_URLENCODE : 0)) {
	case CURLUE_OK:
		break;
	case CURLUE_UNSUPPORTED_SCHEME:
		return -EPROTONOSUPPORT;
	default:
		return -EINVAL;
	}
	scheme = get_part(h, CURLUPART_SCHEME, 0);
	if (!scheme || (!streq(scheme, "http") && !streq(scheme, "https")))
		return scheme ? -EPROTONOSUPPORT : -EINVAL;
	r = take_login(h, &u);
	if (r < 0)
		return r;
	u.tls = streq(scheme, "https");
	u.text = get_part(h, CURLUPART_URL, 0);
	u.host = get_part(h, CURLUPART_HOST, 0);
	port = get_part(h, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	if (!u.text || !u.host || !port || parse_u64(port, 1, 65535, &number) < 0)
		return -EINVAL;
	u.port = (unsigned)number;
	*ret = u;
	u = (struct url)URL_INIT;
	return 0;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return a->tls == b->tls && a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

char *url_redacted(const struct url *u)
{
	return xstrndup(u->text, strcspn(u->text, "?"));
}

void url_done(struct url *u)
{
	if (u->password)
		explicit_bzero(u->password, strlen(u->password));
	free(u->text);
	free(u->host);
	free(u->user);
	free(u->password);
	*u = (struct url)URL_INIT;
}

char *url_escape(const char *text)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 128 && (isalnum(c) || strchr("-._~", c)))
			strbuf_add_char(&s, *text);
		else
			strbuf_addf(&s, "%%%02X", c);
	}
	return strbuf_detach(&s);
}
