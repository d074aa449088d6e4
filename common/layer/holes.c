/* SPDX-License-Identifier: MIT */
#include "layer/holes.h"

#define BLOCK 512

void holes_add(struct holes *h, uint64_t number)
{
	if (!h->has_offset) {
		h->offset = number;
		h->has_offset = true;
		return;
	}
	h->has_offset = false;
	if (h->offset < h->end || number > INT64_MAX || h->offset > INT64_MAX - number ||
	    (h->is_short && number > 0)) {
		h->is_wrong = true;
		return;
	}
	h->end = h->offset + number;
	h->stored += number;
	h->is_short = number % BLOCK != 0;
	h->n++;
}

bool holes_fit(const struct holes *h, uint64_t stored)
{
	return !h->is_wrong && !h->has_offset && h->has_real_size && (!h->has_count || h->n == h->count) &&
	       h->end <= h->real_size && h->stored == stored;
}
