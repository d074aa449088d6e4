/* SPDX-License-Identifier: MIT */
#include "base/message.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"

int message_set(char **ret_message, int r, const char *format, ...)
{
	va_list ap;

	free(*ret_message);
	va_start(ap, format);
	*ret_message = xvasprintf(format, ap);
	va_end(ap);
	return r;
}

int message_prefix(char **message, int r, const char *format, ...)
{
	cleanup_free char *prefix = NULL, *rest = *message;
	va_list ap;

	va_start(ap, format);
	prefix = xvasprintf(format, ap);
	va_end(ap);
	*message = xasprintf("%s%s", prefix, rest ? rest : "");
	return r;
}
