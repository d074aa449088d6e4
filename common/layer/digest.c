/* SPDX-License-Identifier: MIT */
#include "layer/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "lazy/libcrypto.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const struct {
	const char *prefix;
	size_t size; /* in bytes */
} algorithms[] = {
	[DIGEST_SHA256] = { "sha256:", 32 },
	[DIGEST_SHA512] = { "sha512:", 64 },
};

/* The form that every digest has:
 *
 *	algorithm ":" encoded
 *	algorithm: parts of [a-z0-9]+ between single ones of "+._-"; encoded: [a-zA-Z0-9=_-]+ */
static bool has_form(const char *s)
{
	size_t n;

	while ((n = strspn(s, LOWER DIGITS)) > 0) {
		s += n + 1;
		if (s[-1] == ':')
			return *s && s[strspn(s, LOWER UPPER DIGITS "=_-")] == '\0';
		if (s[-1] == '\0' || !strchr("+._-", s[-1]))
			return false;
	}
	return false;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_hex(const char *hex, size_t size, unsigned char *ret)
{
	if (strlen(hex) != size * 2)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		ret[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

int digest_parse(const char *text, struct digest *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
		const char *hex = after_prefix(text, algorithms[i].prefix);
		struct digest d = { .algorithm = (enum digest_algorithm)i };

		if (!hex)
			continue;
		if (parse_hex(hex, algorithms[i].size, d.bytes) < 0)
			return -EINVAL;
		*ret = d;
		return 0;
	}
	return has_form(text) ? -ENOTSUP : -EINVAL;
}

void digest_text(const struct digest *d, char out[DIGEST_TEXT_SIZE])
{
	size_t size = algorithms[d->algorithm].size;
	char *p = stpcpy(out, algorithms[d->algorithm].prefix);

	for (size_t i = 0; i < size; i++) {
		*p++ = (DIGITS "abcdef")[d->bytes[i] >> 4];
		*p++ = (DIGITS "abcdef")[d->bytes[i] & 0xf];
	}
	*p = '\0';
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->algorithm == b->algorithm &&
	       memcmp(a->bytes, b->bytes, algorithms[a->algorithm].size) == 0;
}

struct hasher {
	enum digest_algorithm algorithm;
	EVP_MD_CTX *context;
};

int hasher_load(void)
{
	return lazy_load(&lazy_libcrypto);
}

/* Without a digest nothing can be trusted. These calls fail when memory is short, or when the
 * system's policy forbids the algorithm: there is no going on, as in base/alloc.h. */
static void must(int ok)
{
	if (ok == 1)
		return;
	log_error("libcrypto cannot compute digests, see the system's OpenSSL configuration");
	exit(EXIT_FAILURE);
}

struct hasher *hasher_new(enum digest_algorithm algorithm)
{
	struct hasher *h = xcalloc(1, sizeof(*h));

	h->algorithm = algorithm;
	h->context = EVP_MD_CTX_new();
	must(h->context != NULL);
	must(EVP_DigestInit_ex(h->context, algorithm == DIGEST_SHA512 ? EVP_sha512() : EVP_sha256(),
			       NULL));
	return h;
}

void hasher_update(struct hasher *h, const void *data, size_t len)
{
	must(EVP_DigestUpdate(h->context, data, len));
}

void hasher_finish(struct hasher *h, struct digest *ret)
{
	struct digest d = { .algorithm = h->algorithm };

	must(EVP_DigestFinal_ex(h->context, d.bytes, NULL));
	*ret = d;
}

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->context);
	free(h);
}
