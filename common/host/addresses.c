/* SPDX-License-Identifier: MIT */
#include "host/addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static void add_address(int family, const void *bytes, size_t n, struct strv *addresses)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr v6;

	if (family == AF_INET && n == sizeof(struct in_addr)) {
		strv_add(addresses, inet_ntop(AF_INET, bytes, text, sizeof(text)));
		return;
	}
	if (family != AF_INET6 || n != sizeof(v6))
		return;
	memcpy(&v6, bytes, sizeof(v6));
	if (!IN6_IS_ADDR_LINKLOCAL(&v6))
		strv_add(addresses, inet_ntop(AF_INET6, &v6, text, sizeof(text)));
}

int addresses_read(sd_bus_message *reply, struct strv *addresses)
{
	int r = sd_bus_message_enter_container(reply, 'a', "(iay)");

	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'r', "iay")) > 0) {
		int32_t family;
		const void *bytes;
		size_t n;

		r = sd_bus_message_read_basic(reply, 'i', &family);
		if (r >= 0)
			r = sd_bus_message_read_array(reply, 'y', &bytes, &n);
		if (r >= 0) {
			add_address(family, bytes, n, addresses);
			r = sd_bus_message_exit_container(reply);
		}
	}
	return r < 0 ? r : 0;
}
