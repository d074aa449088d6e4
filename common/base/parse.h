/* SPDX-License-Identifier: MIT */
/* parse: numbers, sizes and durations from text that a person or a file gave.
 *
 * All are silent, take the whole string (no blanks, no sign, nothing after the number) and return
 * 0, -EINVAL for text of the wrong form or -ERANGE for a value outside the range. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Decimal, min to max. */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* A size in bytes: digits and at most one of B K M G T (powers of 1024; case does not matter). */
int parse_size(const char *s, uint64_t *ret_bytes);

/* A positive decimal fraction such as "0.5" or "2", in hundredths: 0.5 is 50. At least 0.01, at
 * most 1000000; more than two digits after the point are rounded down. */
int parse_hundredths(const char *s, uint64_t *ret);

/* yes no true false on off 1 0, as systemd spells booleans. */
int parse_bool(const char *s, bool *ret);

/* A size for people: 240M, 1.0G, 12K, 7B. buf has room for FORMAT_SIZE_MAX; returns buf. */
#define FORMAT_SIZE_MAX 24
char *format_size(char *buf, uint64_t bytes);
