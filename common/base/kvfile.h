/* SPDX-License-Identifier: MIT */
/* kvfile: a map of KEY=VALUE lines, the format of our state files.
 *
 * One pair a line, split at the first '=', blanks around the line dropped, empty lines skipped, no
 * comments and no quoting. Written sorted by key in byte order. A value has no newline. */
#pragma once

#include <stddef.h>

#include "base/macro.h"

/* No state file comes near this; a larger one is damaged. */
#define KVFILE_MAX (1024 * 1024)

struct kv_pair {
	char *key, *value;
};

struct kvfile {
	struct kv_pair *pairs; /* sorted by key */
	size_t n;
};

#define KVFILE_INIT { NULL, 0 }

/* Silent. -EINVAL if a line has no '=', an empty key, or a key twice; *ret_line is its number. */
int kvfile_parse(struct kvfile *kv, const char *text, unsigned *ret_line);
/* The text of the file; the caller frees. */
char *kvfile_format(const struct kvfile *kv);

/* NULL when the key is not there. */
const char *kvfile_get(const struct kvfile *kv, const char *key);
/* Set a pair; a NULL value removes it. The value must not contain a newline. */
void kvfile_set(struct kvfile *kv, const char *key, const char *value);
void kvfile_done(struct kvfile *kv);

#define cleanup_kvfile __attribute__((cleanup(kvfile_done)))
