/* SPDX-License-Identifier: MIT */
#include "base/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/parse.h"

#define PERIOD (100 * USEC_PER_MSEC)
#define WHAT_WIDTH 24
/* " 100%  999.9M of 999.9M" */
#define NUMBERS_WIDTH 24
#define BAR_MIN 5
#define BAR_MAX 40

static struct {
	bool is_known, is_on;
	unsigned n_lines; /* on the screen */
	usec_t next;
	unsigned columns;
	struct strbuf text; /* what is being drawn */
} screen;

/* Whether there is anything to draw on. */
static bool is_on(void)
{
	const char *term = getenv("TERM");

	if (!screen.is_known) {
		screen.is_on = log_shows(LOG_LEVEL_NOTICE) && isatty(STDERR_FILENO) && term &&
			       !streq(term, "dumb") && !streq(term, "");
		screen.is_known = true;
	}
	return screen.is_on;
}

static unsigned columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

usec_t progress_due(void)
{
	return is_on() ? screen.next > 0 ? screen.next : now_usec() : 0;
}

/* ECMA-48: CPL, the beginning of a line above; ED, all from here on goes. */
static void add_erase(struct strbuf *s)
{
	if (screen.n_lines > 0)
		strbuf_addf(s, "\033[%uF\033[J", screen.n_lines);
	screen.n_lines = 0;
}

static void show(void)
{
	(void)write_all(STDERR_FILENO, strbuf_str(&screen.text), screen.text.len);
	strbuf_clear(&screen.text);
}

bool progress_begin(void)
{
	if (!is_on() || now_usec() < screen.next)
		return false;
	log_set_before(progress_clear);
	screen.next = now_usec() + PERIOD;
	screen.columns = columns();
	add_erase(&screen.text);
	return true;
}

void progress_format(struct strbuf *s, const char *what, uint64_t n, uint64_t total,
		     unsigned width)
{
	char done[FORMAT_SIZE_MAX], all[FORMAT_SIZE_MAX];
	unsigned percent = total > 0 ? (unsigned)(100.0 * (double)n / (double)total) : 100;
	unsigned room = width > WHAT_WIDTH + NUMBERS_WIDTH + 3
				? width - WHAT_WIDTH - NUMBERS_WIDTH - 3
				: 0;
	unsigned bar = room > BAR_MAX ? BAR_MAX : room;

	if (percent > 100)
		percent = 100;
	if (bar < BAR_MIN) {
		strbuf_addf(s, "%3u%% %.*s", percent, width > 6 ? (int)width - 6 : 0, what);
		return;
	}
	strbuf_addf(s, "%-*.*s [", WHAT_WIDTH, WHAT_WIDTH, what);
	for (unsigned i = 0; i < bar; i++)
		strbuf_add_char(s, i < bar * percent / 100 ? '=' : ' ');
	strbuf_addf(s, "] %3u%%  %s of %s", percent, format_size(done, n), format_size(all, total));
}

void progress_bar(const char *what, uint64_t n, uint64_t total)
{
	progress_format(&screen.text, what, n, total, screen.columns - 1);
	strbuf_add_char(&screen.text, '\n');
	screen.n_lines++;
}

void progress_end(void)
{
	show();
}

void progress_clear(void)
{
	if (screen.n_lines == 0)
		return;
	add_erase(&screen.text);
	show();
}
