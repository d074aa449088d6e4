/* SPDX-License-Identifier: MIT */
#include "base/hostport.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/parse.h"

#define LABEL_MAX 63
#define LABEL_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

static bool is_label(const char *s, size_t n)
{
	return n > 0 && n <= LABEL_MAX && s[0] != '-' && s[n - 1] != '-';
}

static bool is_host(const char *host)
{
	size_t n;

	if (strlen(host) > HOST_NAME_MAX_BYTES)
		return false;
	while (is_label(host, n = strspn(host, LABEL_CHARACTERS))) {
		if (host[n] == '\0')
			return true;
		if (host[n] != '.')
			return false;
		host += n + 1;
	}
	return false;
}

static bool is_ipv6(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, text, &address) == 1;
}

bool hostport_is_valid(const char *text)
{
	cleanup_free char *host = xstrdup(text);
	char *bracket = text[0] == '[' ? strchr(host, ']') : NULL;
	char *colon = strchr(bracket ? bracket : host, ':');
	uint64_t port;

	if (colon) {
		*colon = '\0';
		if (parse_u64(colon + 1, 1, 65535, &port) < 0)
			return false;
	}
	if (!bracket)
		return is_host(host);
	*bracket = '\0';
	return bracket[1] == '\0' && is_ipv6(host + 1);
}
