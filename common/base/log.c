/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
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

/* error is what its text is added of; 0: none. */
attr_printf(3, 0) static void show(enum log_level level, int error, const char *format, va_list ap)
{
	cleanup_free char *text = xvasprintf(format, ap);
	cleanup_strbuf struct strbuf line = STRBUF_INIT;

	strbuf_addf(&line, "%s: %s", log_name, level == LOG_LEVEL_WARNING ? "warning: " : "");
	strbuf_add_escaped(&line, text);
	if (error < 0)
		strbuf_addf(&line, ": %s", strerror(-error));
	strbuf_add_char(&line, '\n');
	if (log_before)
		log_before();
	/* One write, so that lines of several processes do not mix. */
	fwrite(line.buf, 1, line.len, stderr);
	fflush(stderr);
}

static bool is_interrupt(int r)
{
	return r == -EINTR && interrupted();
}

int log_message(enum log_level level, int r, const char *format, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, format);
	if (log_shows(level) && !is_interrupt(r))
		show(level, r, format, ap);
	va_end(ap);
	errno = saved;
	return r;
}

int log_error_code(int code, const char *format, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, format);
	if (log_shows(LOG_LEVEL_ERROR) && !is_interrupt(code))
		show(LOG_LEVEL_ERROR, 0, format, ap);
	va_end(ap);
	errno = saved;
	return code;
}
