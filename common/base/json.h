/* SPDX-License-Identifier: MIT */
/* json: what jansson leaves to its users. Include this in place of its header.
 *
 * Text goes in through json_text() and its relatives: bytes that are not UTF-8, which file names and
 * environments may hold and JSON may not, become U+FFFD. */
#pragma once

#include <stdbool.h>

#include "lazy/libjansson.h"

#include "base/strv.h"

/* Before anything else of JSON is called. Logs. */
int json_load(void);

json_t *json_text(const char *s); /* null for NULL */
json_t *json_textf(const char *format, ...) attr_printf(1, 2);
json_t *json_bool(bool value);
json_t *json_strv(const struct strv *list);

/* Print to stdout with a newline; indented by two blanks when pretty. Write errors stay in the
 * stream, where main() finds them. */
void json_print(const json_t *value, bool pretty);

/* Drop the reference to a value and all in it; NULL will do. (jansson's own json_decref() is an inline
 * function, which would not find a library that is loaded late.) */
void json_unref(json_t *value);

/* From now on, memory that values and their texts had is wiped when it is freed: before documents with
 * secrets in them. */
void json_wipe_memory(void);
