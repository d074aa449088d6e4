/* SPDX-License-Identifier: MIT */
/* digest: what names content: "sha256:" or "sha512:" and lower-case hexadecimal, the form that the
 * section "Digests" of the OCI image specification (descriptor.md) gives.
 *
 * A digest that has been parsed is safe in paths and URLs: nothing but these characters of just this
 * length gets into one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

enum digest_algorithm { DIGEST_SHA256, DIGEST_SHA512 };

struct digest {
	enum digest_algorithm algorithm;
	unsigned char bytes[64]; /* 32 of them for SHA-256, and then zeros */
};

/* "sha256:", 64 bytes in hexadecimal, NUL. */
#define DIGEST_TEXT_SIZE (7 + 128 + 1)

/* Silent. -EINVAL for what is no digest; -ENOTSUP for one of another algorithm. *ret is set on success
 * only. */
int digest_parse(const char *text, struct digest *ret);
void digest_text(const struct digest *d, char out[DIGEST_TEXT_SIZE]);
bool digest_equal(const struct digest *a, const struct digest *b);

/* The digest of bytes that come one after the other. */
struct hasher;

/* Before the first hasher_new(): load the library. Logs. */
int hasher_load(void);
struct hasher *hasher_new(enum digest_algorithm algorithm);
void hasher_update(struct hasher *h, const void *data, size_t len);
/* Once, after the last byte. */
void hasher_finish(struct hasher *h, struct digest *ret);
void hasher_free(struct hasher *h);

DEFINE_CLEANUP(struct hasher *, hasher_free)
#define cleanup_hasher cleanup_(hasher_free_p)
