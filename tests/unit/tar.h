/* SPDX-License-Identifier: MIT */
/* tar: tarballs byte by byte, tar(5), for tests of what no honest program writes. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

#define TAR_BLOCK 512

struct tar_entry {
	const char *name, *link;
	char type; /* '0' file, '1' hard link, '2' link, '3' char, '4' block, '5' dir, '6' FIFO; 'x', 'L'... */
	unsigned mode;
	uint64_t uid, gid;
	unsigned major, minor;
	int64_t mtime;
	const char *data;
	size_t size; /* of the data; strlen() of it when 0 */
};

/* Octal, or base 256 where that has no room for it. */
__attribute__((unused)) static void tar_number(char *field, size_t size, int64_t value)
{
	if (value >= 0 && value >> (3 * (size - 1)) == 0) {
		for (size_t i = size - 1; i-- > 0; value >>= 3)
			field[i] = (char)('0' + (value & 7));
		return;
	}
	for (size_t i = size; i-- > 0; value >>= 8)
		field[i] = (char)(value & 0xff);
	field[0] = (char)(field[0] | 0x80);
}

__attribute__((unused)) static void tar_checksum(char *header)
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	header[155] = ' ';
}

__attribute__((unused)) static void tar_pad(struct strbuf *s)
{
	static const char zeros[TAR_BLOCK];

	strbuf_add(s, zeros, (TAR_BLOCK - s->len % TAR_BLOCK) % TAR_BLOCK);
}

__attribute__((unused)) static void tar_header(struct strbuf *s, const struct tar_entry *e, uint64_t size)
{
	char h[TAR_BLOCK] = { 0 };

	memcpy(h, e->name, strnlen(e->name, 100));
	tar_number(h + 100, 8, e->mode);
	tar_number(h + 108, 8, (int64_t)e->uid);
	tar_number(h + 116, 8, (int64_t)e->gid);
	tar_number(h + 124, 12, (int64_t)size);
	tar_number(h + 136, 12, e->mtime);
	h[156] = e->type;
	if (e->link)
		memcpy(h + 157, e->link, strnlen(e->link, 100));
	memcpy(h + 257, "ustar\00000", 8);
	tar_number(h + 329, 8, e->major);
	tar_number(h + 337, 8, e->minor);
	tar_checksum(h);
	strbuf_add(s, h, sizeof(h));
}

__attribute__((unused)) static void tar_add(struct strbuf *s, struct tar_entry e)
{
	size_t size = e.size ? e.size : e.data ? strlen(e.data) : 0;

	tar_header(s, &e, size);
	strbuf_add(s, e.data, size);
	tar_pad(s);
}

/* One record of a pax header: its length is that of all of it, the digits of the length included. */
__attribute__((unused)) static void tar_pax_record(struct strbuf *s, const char *key, const void *value,
						   size_t size)
{
	size_t rest = strlen(key) + size + 3, n = rest;

	for (int i = 0; i < 4; i++)
		n = rest + (size_t)snprintf(NULL, 0, "%zu", n);
	strbuf_addf(s, "%zu %s=", n, key);
	strbuf_add(s, value, size);
	strbuf_add_char(s, '\n');
}

/* A pax header with one record, for the next entry. */
__attribute__((unused)) static void tar_pax(struct strbuf *s, const char *key, const void *value,
					    size_t size)
{
	struct strbuf records = STRBUF_INIT;

	tar_pax_record(&records, key, value, size);
	tar_add(s, (struct tar_entry){ .name = "pax", .type = 'x', .data = records.buf, .size = records.len });
	strbuf_done(&records);
}

__attribute__((unused)) static void tar_end(struct strbuf *s)
{
	static const char zeros[2 * TAR_BLOCK];

	strbuf_add(s, zeros, sizeof(zeros));
}
