/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "container/osrelease.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = input_text(data, size);
	cleanup_osrelease struct osrelease o = OSRELEASE_INIT;

	if (!text)
		return 0;
	osrelease_parse(text, &o);
	PROPERTY(o.id && *o.id && o.pretty_name && *o.pretty_name);
	/* They go into files of one line a value. */
	PROPERTY(!strchr(o.id, '\n') && !strchr(o.pretty_name, '\n'));
	STRV_FOREACH(like, &o.like)
		PROPERTY(*like && !strpbrk(like, " \n"));
	return 0;
}
