/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

static const char *log_name = "sdme";
static enum log_level log_max = LOG_LEVEL_NOTICE;
static void (*log_before)(void);

void log_set_name(const char *name)
{
	log_name = name;
}

void log_set_max(enum log_level level)
{
	log_max = level;
}

bool log_is_verbose(void)
{
	return log_max >= LOG_LEVEL_DEBUG;
}

bool log_shows(enum log_level level)
{
	return level <= log_max;
}

void log_set_before(void (*before)(void))
{
	log_before = before;
}

int log_message(enum log_level level, int r, const char *format, ...)
{
	int saved = errno;

	if (log_shows(level)) {
		cleanup_free char *text = NULL;
		cleanup_strbuf struct strbuf line = STRBUF_INIT;
		va_list ap;

		va_start(ap, format);
		text = xvasprintf(format, ap);
		va_end(ap);

		strbuf_addf(&line, "%s: %s", log_name, level == LOG_LEVEL_WARNING ? "warning: " : "");
		strbuf_add_escaped(&line, text);
		if (r < 0)
			strbuf_addf(&line, ": %s", strerror(-r));
		strbuf_add_char(&line, '\n');
		if (log_before)
			log_before();
		/* One write, so that lines of several processes do not mix. */
		fwrite(line.buf, 1, line.len, stderr);
		fflush(stderr);
	}
	errno = saved;
	return r;
}
