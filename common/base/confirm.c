/* SPDX-License-Identifier: MIT */
#include "base/confirm.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"

#define ANSWER_MAX 64

bool confirm_is_possible(bool interactive)
{
	return interactive && !log_is_verbose() && isatty(0);
}

bool confirm_answer(const char *line, bool default_yes)
{
	cleanup_free char *word = NULL;

	line += strspn(line, " \t");
	word = xstrndup(line, strcspn(line, " \t\r\n"));
	if (default_yes)
		return strcasecmp(word, "n") != 0 && strcasecmp(word, "no") != 0;
	return strcasecmp(word, "y") == 0 || strcasecmp(word, "yes") == 0;
}

/* A line without its newline: 1, 0 at the end of the input, or a negative errno. */
static int read_line(struct strbuf *line)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };

	for (;;) {
		char c;
		ssize_t n;
		int r = interrupt_poll(&p, 1, 0);

		if (r < 0)
			return r;
		n = read(0, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		if (c == '\n')
			return 1;
		if (line->len < ANSWER_MAX && c != '\0')
			strbuf_add_char(line, c);
	}
}

int confirm(const char *question, bool default_yes)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT, escaped = STRBUF_INIT;
	int r;

	strbuf_add_escaped(&escaped, question);
	fputs(strbuf_str(&escaped), stderr);
	fflush(stderr);
	r = read_line(&line);
	if (r > 0)
		return confirm_answer(strbuf_str(&line), default_yes);
	fputc('\n', stderr);
	return r;
}
