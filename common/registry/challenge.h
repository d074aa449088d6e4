/* SPDX-License-Identifier: MIT */
/* challenge: what a server wants to see before it answers: the field WWW-Authenticate (RFC 9110, 11.6.1),
 * which holds several challenges with several parameters each, all of them between commas, and may come
 * several times:
 *
 *	Basic realm="x", Bearer realm="https://a.example/token",service="r",scope="repository:a/b:pull"
 *
 * Silent. */
#pragma once

#include <stddef.h>

#define CHALLENGE_BYTES_MAX 16384 /* of one field */
#define CHALLENGES_MAX 16         /* in one list */

/* NULL: not there. */
struct challenge {
	char *scheme; /* in lower case */
	char *realm, *service, *scope, *error;
};

struct challenges {
	struct challenge *v;
	size_t n;
};

#define CHALLENGES_INIT \
	{               \
		NULL, 0 \
	}
#define cleanup_challenges __attribute__((cleanup(challenges_done)))

/* Add what the value of one field holds. -EINVAL when it is not of that form, has control characters or
 * a parameter twice; -E2BIG beyond the limits. Then nothing is added. */
int challenges_add(struct challenges *list, const char *value);
/* The first of a scheme, given in lower case; or NULL. */
const struct challenge *challenges_find(const struct challenges *list, const char *scheme);
void challenges_done(struct challenges *list);
