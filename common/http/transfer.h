/* SPDX-License-Identifier: MIT */
/* transfer: one request of http.h, with its redirects and its tries. Between http.c, which has the loop,
 * and transfer.c only. Silent. */
#pragma once

#include "base/strbuf.h"
#include "http/http.h"
#include "http/url.h"
#include "lazy/libcurl.h"

enum transfer_state {
	TRANSFER_RUNS,
	TRANSFER_WAITS, /* until retry_at */
	TRANSFER_IS_DONE,
};

struct http {
	struct http_limits limits;
	CURLM *multi;
	struct transfer *transfers;
	struct pollfd *fds; /* what libcurl wants to be told of */
	size_t n_fds;
	usec_t timer; /* when it wants to be called anyway; 0: not */
};

struct transfer {
	struct http *http;
	struct transfer *next;
	enum transfer_state state;
	struct http_response response;

	/* The request. */
	struct http_request request; /* with copies of its strings */
	struct strv headers;
	struct url origin;

	/* All tries. */
	uint64_t position;  /* of the next byte for the caller */
	char *validator;    /* of the content, for If-Range; NULL: there is none */
	unsigned failures;  /* in a row */
	uint64_t failed_at; /* position at the first of them */
	usec_t failing_since; /* when that was */
	bool answered;
	usec_t retry_at;

	/* This try. */
	struct url url;
	bool elsewhere;
	unsigned redirects;

	/* This hop. */
	CURL *easy;
	struct curl_slist *fields;
	char curl_error[CURL_ERROR_SIZE];
	size_t header_bytes;
	bool header_done, cut, paused;
	uint64_t from; /* where the range begins that was asked for */
	uint64_t skip; /* bytes of the body to pass over */
	struct strbuf body;
	usec_t window_end; /* stalls are looked for in windows of time */
	uint64_t window_bytes;
};

/* The hop ended. */
void transfer_end_hop(struct transfer *t, CURLcode code);
/* The first hop of a first or another try. */
void transfer_begin_try(struct transfer *t);
/* Wipe and free the fields that were sent. */
void transfer_clear_fields(struct transfer *t);
/* It is done: an error, and its words, which it takes. The first one stays. */
void transfer_fail(struct transfer *t, int error, char *wrong);
/* When something has to be looked at, though nothing arrives; 0: never. */
usec_t transfer_deadline(const struct transfer *t);
/* Look at it. */
void transfer_check_time(struct transfer *t, usec_t now);

/* What a failure means, for people, and as an errno. The caller frees *ret_words. */
int transfer_explain(const struct transfer *t, CURLcode code, char **ret_words);
/* A failure that may go away by itself. */
bool transfer_may_retry(CURLcode code);
