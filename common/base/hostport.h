/* SPDX-License-Identifier: MIT */
/* hostport: HOST, HOST:PORT, [IPV6], [IPV6]:PORT, as registries are named. Silent. */
#pragma once

#include <stdbool.h>

/* A host name and its labels, RFC 1035 2.3.4. */
#define HOST_NAME_MAX_BYTES 253

/* In lower case. An IPv4 address has the form of a name. */
bool hostport_is_valid(const char *text);
