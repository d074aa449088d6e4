/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "container/state.h"
#include "container/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = input_text(data, size), *once = NULL, *twice = NULL, *message = NULL;
	cleanup_container struct container c = CONTAINER_INIT, again = CONTAINER_INIT;

	if (!text)
		return 0;
	if (container_parse(text, &c, &message) < 0) {
		PROPERTY(message);
		return 0;
	}
	PROPERTY(!check_name(c.name) && !check_name_or_empty(c.rootfs));
	once = container_format(&c);
	PROPERTY(container_parse(once, &again, &message) == 0);
	twice = container_format(&again);
	PROPERTY(streq(once, twice));
	PROPERTY(c.userns == again.userns && c.enabled == again.enabled && c.binds.n == again.binds.n);
	return 0;
}
