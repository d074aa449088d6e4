/* SPDX-License-Identifier: MIT */
#include "layer/touched.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"

/* SipHash-2-4 (Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012): without the key nobody
 * can make names whose hashes are the same. */
struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 = rotate(s->v2, 32);
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

static uint64_t hash(const uint64_t key[2], dev_t dev, ino_t dir, const char *name)
{
	struct sip s = { key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
			 key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573) };
	size_t len = strlen(name), i = 0;
	uint64_t word = 0;

	sip_word(&s, dev);
	sip_word(&s, dir);
	for (; len - i >= 8; i += 8) {
		memcpy(&word, name + i, 8);
		sip_word(&s, word);
	}
	word = 0;
	memcpy(&word, name + i, len - i);
	sip_word(&s, word | (uint64_t)len << 56);
	s.v2 ^= 0xff;
	for (int n = 0; n < 4; n++)
		sip_round(&s);
	word = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	return word ? word : 1; /* 0 is a free slot */
}

/* The slot of the hash, or the free one where it belongs. */
static uint64_t *find(const struct touched *t, uint64_t h)
{
	size_t i = (size_t)h & (t->size - 1);

	while (t->slots[i] && t->slots[i] != h)
		i = (i + 1) & (t->size - 1);
	return &t->slots[i];
}

static int grow(struct touched *t)
{
	struct touched bigger = { .n = t->n, .size = t->size ? t->size * 2 : 1024 };

	if (t->n >= TOUCHED_MAX)
		return -E2BIG;
	memcpy(bigger.key, t->key, sizeof(t->key));
	if (t->size == 0 && getrandom(bigger.key, sizeof(bigger.key), 0) != sizeof(bigger.key))
		return -EIO;
	bigger.slots = xcalloc(bigger.size, sizeof(*bigger.slots));
	for (size_t i = 0; i < t->size; i++) {
		if (t->slots[i])
			*find(&bigger, t->slots[i]) = t->slots[i];
	}
	free(t->slots);
	*t = bigger;
	return 0;
}

int touched_add(struct touched *t, dev_t dev, ino_t dir, const char *name)
{
	uint64_t h, *slot;

	if (t->n * 2 >= t->size) {
		int r = grow(t);

		if (r < 0)
			return r;
	}
	h = hash(t->key, dev, dir, name);
	slot = find(t, h);
	if (*slot)
		return 0;
	*slot = h;
	t->n++;
	return 1;
}

bool touched_has(const struct touched *t, dev_t dev, ino_t dir, const char *name)
{
	return t->size > 0 && *find(t, hash(t->key, dev, dir, name)) != 0;
}

void touched_done(struct touched *t)
{
	free(t->slots);
	*t = (struct touched)TOUCHED_INIT;
}
