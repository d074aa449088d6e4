/* SPDX-License-Identifier: MIT */
/* progress: bars at the bottom of a terminal, one a line, of what is going on.
 *
 *	while (...) {
 *		wait until progress_due();
 *		if (progress_begin()) {
 *			progress_bar("layer 1 of 2", bytes, of_bytes);     for each
 *			progress_end();
 *		}
 *	}
 *	progress_clear();
 *
 * They are on stderr, and only if that is a terminal that can do it, and notices are shown. A message of
 * log.h goes above them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/strbuf.h"

/* When it is time to draw them again; 0: never. */
usec_t progress_due(void);
/* Begin to draw; false while it is not yet time. */
bool progress_begin(void);
void progress_bar(const char *what, uint64_t n, uint64_t total);
void progress_end(void);
/* Remove them. */
void progress_clear(void);

/* One of them as text, so many columns wide if they are enough for it: for tests. */
void progress_format(struct strbuf *s, const char *what, uint64_t n, uint64_t total,
		     unsigned columns);
