/* SPDX-License-Identifier: MIT */
#include "base/signalname.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/parse.h"

/* Behind "RTMIN" or "RTMAX": nothing, or the sign and a number. */
static int parse_real_time(const char *rest, char sign, int from)
{
	uint64_t n = 0;
	int number;

	if (*rest && (*rest != sign || parse_u64(rest + 1, 0, 64, &n) < 0))
		return -EINVAL;
	number = sign == '+' ? from + (int)n : from - (int)n;
	return number < SIGRTMIN || number > SIGRTMAX ? -EINVAL : number;
}

int signal_parse(const char *text)
{
	uint64_t number;

	if (parse_u64(text, 1, (uint64_t)SIGRTMAX, &number) >= 0)
		return number < 32 || number >= (uint64_t)SIGRTMIN ? (int)number : -EINVAL;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	if (strncasecmp(text, "RTMIN", 5) == 0)
		return parse_real_time(text + 5, '+', SIGRTMIN);
	if (strncasecmp(text, "RTMAX", 5) == 0)
		return parse_real_time(text + 5, '-', SIGRTMAX);
	for (int i = 1; i < 32; i++) {
		const char *name = sigabbrev_np(i);

		if (name && strcasecmp(text, name) == 0)
			return i;
	}
	return -EINVAL;
}

char *signal_text(int number)
{
	const char *name = sigabbrev_np(number);

	return name ? xasprintf("SIG%s", name) : xasprintf("SIGRTMIN+%d", number - SIGRTMIN);
}
