/* SPDX-License-Identifier: MIT */
#include "base/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"

/* Digits up to *end, which is left at the first other byte. */
static int scan_u64(const char *s, const char **end, uint64_t *ret)
{
	uint64_t value = 0;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value))
			return -ERANGE;
	}
	*end = s;
	*ret = value;
	return 0;
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t value;
	int r = scan_u64(s, &s, &value);

	if (r < 0)
		return r;
	if (*s)
		return -EINVAL;
	if (value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int parse_size(const char *s, uint64_t *ret_bytes)
{
	static const char units[] = "BKMGT";
	uint64_t value;
	int r = scan_u64(s, &s, &value);

	if (r < 0)
		return r;
	if (*s) {
		char upper = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;
		const char *unit = strchr(units, upper);

		if (!unit || s[1])
			return -EINVAL;
		if (__builtin_mul_overflow(value, UINT64_C(1) << (10 * (unit - units)), &value))
			return -ERANGE;
	}
	*ret_bytes = value;
	return 0;
}

int parse_hundredths(const char *s, uint64_t *ret)
{
	uint64_t whole, part = 0;
	int r = scan_u64(s, &s, &whole);

	if (r < 0)
		return r;
	if (*s == '.') {
		s++;
		if (*s < '0' || *s > '9')
			return -EINVAL;
		for (unsigned scale = 10; *s >= '0' && *s <= '9'; s++, scale /= 10)
			part += scale * (unsigned)(*s - '0');
	}
	if (*s)
		return -EINVAL;
	if (whole > 1000000 || whole * 100 + part == 0 || whole * 100 + part > 100000000)
		return -ERANGE;
	*ret = whole * 100 + part;
	return 0;
}

int parse_bool(const char *s, bool *ret)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "false", "true" }, { "off", "on" }, { "0", "1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (int value = 0; value < 2; value++) {
			if (streq(s, words[i][value])) {
				*ret = value;
				return 0;
			}
		}
	}
	return -EINVAL;
}

char *format_size(char *buf, uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	unsigned unit = 0;
	uint64_t rest = 0;

	while (bytes >= 1024) {
		rest = bytes % 1024;
		bytes /= 1024;
		unit++;
	}
	if (unit > 0 && bytes < 10)
		snprintf(buf, FORMAT_SIZE_MAX, "%" PRIu64 ".%" PRIu64 "%c", bytes, rest * 10 / 1024,
			 units[unit]);
	else
		snprintf(buf, FORMAT_SIZE_MAX, "%" PRIu64 "%c", bytes, units[unit]);
	return buf;
}
