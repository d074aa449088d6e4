/* SPDX-License-Identifier: MIT */
/* holes: the map of a sparse file in a tarball, as far as all readers take it for the same.
 *
 * GNU tar, which invented these maps, pads the bytes of each part to whole blocks; libarchive packs them end
 * to end. They agree where all parts but the last are whole blocks, as GNU tar itself makes them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct holes {
	bool is_sparse, in_content; /* in front of the content, version 1.0 */
	bool has_real_size, has_count;
	uint64_t real_size, count; /* as the header says */
	/* The parts so far. */
	uint64_t n, end, stored;
	bool is_short; /* the last one was no whole number of blocks */
	bool has_offset, is_wrong;
	uint64_t offset;
};

/* The numbers of a map one after another: offset, length, offset, length. */
void holes_add(struct holes *h, uint64_t number);
/* After the last number: true if this is the map of so many stored bytes. */
bool holes_fit(const struct holes *h, uint64_t stored);
