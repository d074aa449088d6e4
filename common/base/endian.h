/* SPDX-License-Identifier: MIT */
/* endian: numbers out of bytes and into them, in the order that a format has them, aligned or not. */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t get_le16(const unsigned char *p)
{
	uint16_t n;

	memcpy(&n, p, sizeof(n));
	return le16toh(n);
}

static inline uint32_t get_le32(const unsigned char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return le32toh(n);
}

static inline uint64_t get_le64(const unsigned char *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return le64toh(n);
}

static inline uint32_t get_be32(const unsigned char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return be32toh(n);
}

static inline uint64_t get_be64(const unsigned char *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return be64toh(n);
}

static inline void put_be32(unsigned char *p, uint32_t n)
{
	n = htobe32(n);
	memcpy(p, &n, sizeof(n));
}
