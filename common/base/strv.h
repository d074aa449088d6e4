/* SPDX-License-Identifier: MIT */
/* strv: a growing list of owned strings, NULL-terminated as argv is.
 *
 * v is NULL while the list is empty. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct strv {
	char **v;
	size_t n;
};

#define STRV_INIT { NULL, 0 }
#define STRV_FOREACH(s, list) \
	for (char **strv_i_ = (list)->v, *s; strv_i_ && (s = *strv_i_); strv_i_++)

void strv_add(struct strv *list, const char *s);
void strv_addf(struct strv *list, const char *format, ...) attr_printf(2, 3);
/* Add a string that the list now owns. */
void strv_add_owned(struct strv *list, char *s);
void strv_add_all(struct strv *list, const struct strv *from);
/* Remove every string equal to s. */
void strv_remove(struct strv *list, const char *s);
bool strv_contains(const struct strv *list, const char *s);
/* In byte order. */
void strv_sort(struct strv *list);
/* Join with a separator; the caller frees. "" for an empty list. */
char *strv_join(const struct strv *list, const char *separator);
/* Add the parts of s between separator characters; empty parts are kept. "" adds nothing. */
void strv_split(struct strv *list, const char *s, char separator);
void strv_done(struct strv *list);

#define cleanup_strv __attribute__((cleanup(strv_done)))
