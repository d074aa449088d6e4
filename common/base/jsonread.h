/* SPDX-License-Identifier: MIT */
/* jsonread: JSON documents that others wrote, RFC 8259.
 *
 * What is read is one object or array in UTF-8 without a byte order mark, and nothing behind it; a key
 * twice in one object, a NUL in a string, or a number out of range is refused. Size, depth and number of
 * values are bounded before memory is taken for them: at worst some 100 MiB.
 *
 * Values of an object are asked for by name and type. As in Go, which writes most documents of this
 * kind, null is the same as nothing. All are silent, and set *ret_message (base/message.h) on failure;
 * json_load() comes first. */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/message.h"

#define JSON_DEPTH_MAX 64
#define JSON_VALUES_MAX (256 * 1024)
/* All integers up to here are the same in every program that reads the document. */
#define JSON_INTEGER_MAX ((UINT64_C(1) << 53) - 1)

DEFINE_CLEANUP(json_t *, json_unref)
#define cleanup_json cleanup_(json_unref_p)

/* text has len bytes, needs no NUL, and may have max at most. The caller gives *ret to json_unref(). */
int json_read(const char *text, size_t len, size_t max, json_t **ret, char **ret_message);

/* The value of this name and type; NULL if there is none. It stays the object's. JSON_TRUE stands for
 * both booleans. -EINVAL if there is one of another type. */
int json_get(const json_t *object, const char *name, json_type type, json_t **ret,
	     char **ret_message);
int json_get_string(const json_t *object, const char *name, const char **ret, char **ret_message);
/* 0 to JSON_INTEGER_MAX; *ret stays as it is if there is none. */
int json_get_integer(const json_t *object, const char *name, uint64_t *ret, char **ret_message);
/* An array of strings, at most n_max of at most len_max bytes, is added to the list. */
int json_get_strv(const json_t *object, const char *name, size_t n_max, size_t len_max,
		  struct strv *list, char **ret_message);
