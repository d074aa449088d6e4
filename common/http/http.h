/* SPDX-License-Identifier: MIT */
/* http: requests to servers, the one place that speaks libcurl.
 *
 *	http_new(NULL, &h);
 *	t = http_start(h, &request);            as many as are wanted at a time
 *	while (!transfer_is_done(t))
 *		r = http_poll(h, NULL, 0, 0);   moves all of them on; -EINTR after an interrupt
 *	response = transfer_response(t);
 *
 * or http_fetch(), which does this for one. What a transfer does by itself:
 *
 *   - It follows at most 10 redirects of GET and HEAD, to http and https only, and from https to https
 *     only. The field Authorization goes to the origin (scheme, host, port) of the request's URL and to no
 *     other; once a redirect has led elsewhere, not even back there.
 *   - It tries again after failures of the connection, stalls, and the statuses 408, 429, 500, 502, 503
 *     and 504, with pauses that double (and vary), or that Retry-After asks for. If that asks for
 *     more than limits.pause_max, the transfer ends there, with that status. Where nobody has answered
 *     yet, there are two more tries only.
 *   - After a break it goes on where it was, by a range request (RFC 9110, 14), if the server has not
 *     changed the content meanwhile; else the caller's restart() is called, or it fails.
 *   - It takes the proxies of http_proxy, https_proxy, all_proxy and no_proxy, as libcurl does.
 *   - It never decodes a Content-Encoding.
 *
 * Silent but for steps at debug level, where URLs are without what is behind '?', and for long pauses. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strv.h"

/* Time is in microseconds. */
struct http_limits {
	usec_t connect;       /* for the name, the connection, and TLS */
	usec_t stall;         /* a connection that brings less than this ... */
	uint64_t stall_bytes; /* ... in that time is given up */
	unsigned retries;     /* in a row */
	usec_t patience;      /* for all of a row; 0: as long as they take */
	usec_t pause;         /* before the first of them */
	usec_t pause_max;
};
extern const struct http_limits http_limits_default;

/* Whom to believe in TLS, besides those that the system trusts. */
struct http_trust {
	bool unverified;     /* anybody; but of hosts other than that of the request's URL */
	const char *ca_file; /* PEM; NULL: none */
	const char *ca_dir;  /* as c_rehash(1) makes it; NULL: none */
};

#define HTTP_HEADERS_MAX 65536 /* bytes of header; more is an error */
#define HTTP_BODY_MAX 65536    /* bytes kept of the body of a failure */
#define HTTP_REDIRECTS_MAX 10

/* What a write callback returns to be called again with the same bytes after transfer_resume(). */
#define HTTP_PAUSE 1

struct http_request {
	const char *url;    /* user and password in it are sent as Basic, and to its origin only */
	const char *method; /* NULL: GET, or POST with a form; or HEAD */
	const char *form;   /* application/x-www-form-urlencoded; NULL: none */
	const char *authorization;  /* value of the field; NULL: none */
	const struct strv *headers; /* "Name: value"; NULL: none */
	struct http_trust trust;

	uint64_t offset;    /* begin there: what is in front of it is not asked for */
	uint64_t max_bytes; /* of the whole content, 0: no limit; more is an error */
	bool immutable; /* whoever has the same URL has the same content: the caller verifies it */
	/* Take what comes with a status of 2xx: 0, HTTP_PAUSE, or a negative errno to give up. NULL: it is
	 * kept in the response; then max_bytes must be set. */
	int (*write)(void *userdata, const void *data, size_t len);
	/* All that was written is void, it begins again at 0. NULL: that is a failure. */
	int (*restart)(void *userdata);
	void *userdata;
};

struct http_response {
	int error;           /* 0: there is a status; or a negative errno, and then: */
	char *wrong;         /* what went wrong, for people */
	int status;          /* the last one, 0: none */
	struct strv headers; /* "Name: value" of the last answer */
	char *url;           /* where it came from, for people (url_redacted()) */
	bool elsewhere;      /* from another origin than that of the request's URL */
	const char *body;    /* of a failure, or where there is no write callback; a NUL follows */
	size_t body_len;
	uint64_t total; /* length of the whole content, UINT64_MAX while it is not known */
};

struct http;
struct transfer;

/* limits NULL: the default; else they must stay. Logs (the library may be missing). */
int http_new(const struct http_limits *limits, struct http **ret);
/* After all its transfers are freed. */
void http_free(struct http *h);

/* The request is copied, but for userdata. Never NULL. A request that cannot work is done at once. */
struct transfer *http_start(struct http *h, const struct http_request *request);
/* Move all transfers on. Waits until something has happened to one of them, one of the caller's
 * descriptors is ready (see revents; may be none), or the deadline (0: none) has passed. 0, -EINTR, or
 * another negative errno if waiting itself fails. */
int http_poll(struct http *h, struct pollfd *fds, nfds_t n, usec_t deadline);
/* One transfer from its start to its end, while the others are moved on: 0, -EINTR or the error of the
 * response. *ret is set in any case. */
int http_fetch(struct http *h, const struct http_request *request, struct transfer **ret);

bool transfer_is_done(const struct transfer *t);
/* Once it is done; the transfer's. */
const struct http_response *transfer_response(const struct transfer *t);
/* How many bytes of the content were written, those in front of the offset counted as well. */
uint64_t transfer_position(const struct transfer *t);
/* Go on after HTTP_PAUSE. */
void transfer_resume(struct transfer *t);
/* At any time outside a callback. */
void transfer_free(struct transfer *t);

DEFINE_CLEANUP(struct http *, http_free)
#define cleanup_http cleanup_(http_free_p)
DEFINE_CLEANUP(struct transfer *, transfer_free)
#define cleanup_transfer cleanup_(transfer_free_p)

/* The value of the nth field of that name, or NULL. */
const char *http_header(const struct http_response *response, const char *name, unsigned nth);
/* True if the content is of that type: "text/html" is "text/html; charset=utf-8". */
bool http_is_type(const struct http_response *response, const char *type);
