/* SPDX-License-Identifier: MIT */
/* log: what the program says to a person, on stderr, one line a message.
 *
 * A line reads "sdme-new: message". Control bytes in the message are shown as \xNN, so a hostile
 * name cannot drive the terminal. A function either logs its failure or is silent; its header says
 * "logs" when it does, and then its caller only passes the error on. base/ is silent.
 *
 *	return log_error_errno(r, "cannot open '%s'", path);
 *
 * appends ": " and the text of the error, and returns r, so failing is one statement. */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING, /* "warning: " precedes the text */
	LOG_LEVEL_NOTICE,  /* progress; the default shows it */
	LOG_LEVEL_DEBUG,   /* one line a step; -v shows it */
};

/* The name in front of each line; it is not copied. */
void log_set_name(const char *name);
/* Show messages up to this level; the start is LOG_LEVEL_NOTICE. */
void log_set_max(enum log_level level);
bool log_is_verbose(void);
bool log_shows(enum log_level level);
/* Called in front of each message that is shown. */
void log_set_before(void (*before)(void));

/* Print the message, and the text of the error when r is negative. Returns r. What failed of an interrupt
 * (base/interrupt.h) is not said: whoever ends for it says so, once. */
int log_message(enum log_level level, int r, const char *format, ...) attr_printf(3, 4);
/* For errors of our own making, whose text says it all: prints no strerror() and returns code. */
int log_error_code(int code, const char *format, ...) attr_printf(2, 3);

#define log_error(...) log_message(LOG_LEVEL_ERROR, 0, __VA_ARGS__)
#define log_error_errno(r, ...) log_message(LOG_LEVEL_ERROR, (r), __VA_ARGS__)
#define log_warning(...) log_message(LOG_LEVEL_WARNING, 0, __VA_ARGS__)
#define log_warning_errno(r, ...) log_message(LOG_LEVEL_WARNING, (r), __VA_ARGS__)
#define log_notice(...) log_message(LOG_LEVEL_NOTICE, 0, __VA_ARGS__)
#define log_debug(...) log_message(LOG_LEVEL_DEBUG, 0, __VA_ARGS__)
