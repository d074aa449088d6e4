/* SPDX-License-Identifier: MIT */
#include "base/confirm.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/log.h"

bool confirm_is_possible(bool interactive)
{
	return interactive && !log_is_verbose() && isatty(STDIN_FILENO);
}

/* A line without blanks; byte by byte, so that what follows it stays for others. */
static int read_word(char *word, size_t size)
{
	size_t n = 0;

	for (;;) {
		char c;
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got < 0)
			return interrupted() ? -EINTR : -errno;
		if (got == 0 || c == '\n')
			break;
		if (c != ' ' && c != '\t' && c != '\r' && n + 1 < size)
			word[n++] = c;
	}
	word[n] = '\0';
	return 0;
}

int confirm(const char *question, bool default_yes)
{
	char word[8];
	int r;

	fputs(question, stderr);
	fflush(stderr);
	r = read_word(word, sizeof(word));
	if (r < 0)
		return r;
	if (default_yes)
		return strcasecmp(word, "n") != 0 && strcasecmp(word, "no") != 0;
	return strcasecmp(word, "y") == 0 || strcasecmp(word, "yes") == 0;
}
