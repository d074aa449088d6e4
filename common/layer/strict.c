/* SPDX-License-Identifier: MIT */
#include "layer/strict.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "layer/holes.h"

#define BLOCK 512
/* As libarchive. */
#define SPECIAL_MAX (1024 * 1024)

enum state {
	AT_HEADER,  /* a block of one is to come */
	IN_SPECIAL, /* what a pax header or a long name says */
	IN_MAP,     /* more blocks of an old map of holes */
	IN_LINES,   /* a map of holes in front of the content */
	IN_CONTENT,
	AT_END,
};

/* What is known of the next entry before its own header. */
struct entry {
	char *path;
	bool has_pax, has_path, has_linkpath, has_long_name, has_long_link, has_size;
	uint64_t size, star_size;
	bool has_star_size;
	struct holes holes;
};

struct strict {
	enum state state;
	unsigned char block[BLOCK];
	size_t n_block;
	uint64_t left; /* of the content or of what is special, its padding not counted */
	uint64_t padding;
	struct strbuf special;
	struct entry entry;
	bool has_pax; /* some entry has */

	/* IN_LINES */
	uint64_t number, n_numbers, lines_left;
	unsigned n_digits;

	char *wrong;
};

struct strict *strict_new(void)
{
	return xcalloc(1, sizeof(struct strict));
}

const char *strict_wrong(const struct strict *s)
{
	return s->wrong;
}

static void forget_entry(struct strict *s)
{
	free(s->entry.path);
	s->entry = (struct entry){ 0 };
}

void strict_free(struct strict *s)
{
	if (!s)
		return;
	forget_entry(s);
	strbuf_done(&s->special);
	free(s->wrong);
	free(s);
}

static void refuse(struct strict *s, const char *what)
{
	cleanup_free char *name = s->entry.path ? xstrdup(s->entry.path)
						: xstrndup((const char *)s->block, 100);

	s->state = AT_END;
	if (!s->wrong)
		s->wrong = xasprintf("'%s': %s", name, what);
}

/* --- numbers ------------------------------------------------------------------------------ */

/* Base 256, of which the first byte has a mark in its upper bit and the sign in the next one. */
static bool parse_binary(const unsigned char *p, size_t n, int64_t *ret)
{
	uint64_t value = p[0] & 0x40 ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char byte = i > 0 ? p[i] : (unsigned char)(p[0] & 0x40 ? p[0] : p[0] & 0x7f);
		int64_t before = (int64_t)value;

		if (before > INT64_MAX >> 8 || before < INT64_MIN >> 8)
			return false;
		value = value << 8 | byte;
	}
	*ret = (int64_t)value;
	return true;
}

/* Blanks, octal digits, and the end of the field, a blank or a NUL. None at all is 0. */
static bool parse_field(const unsigned char *p, size_t n, int64_t *ret)
{
	size_t i = 0;

	if (p[0] & 0x80)
		return parse_binary(p, n, ret);
	*ret = 0;
	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		*ret = *ret * 8 + (p[i] - '0');
	return i == n || p[i] == ' ' || p[i] == '\0';
}

static bool parse_decimal(const char *value, size_t n, uint64_t *ret)
{
	cleanup_free char *text = xstrndup(value, n);

	return strlen(text) == n && parse_u64(text, 0, INT64_MAX, ret) == 0;
}

/* Seconds, perhaps negative, perhaps with a fraction. */
static bool is_time(const char *value, size_t n)
{
	const char *point = memchr(value, '.', n);
	size_t whole = point ? (size_t)(point - value) : n, sign = n > 0 && *value == '-';
	uint64_t ignored;

	if (whole <= sign || !parse_decimal(value + sign, whole - sign, &ignored))
		return false;
	for (size_t i = whole + 1; i < n; i++) {
		if (value[i] < '0' || value[i] > '9')
			return false;
	}
	return true;
}

/* --- pax records -------------------------------------------------------------------------- */

static bool is_name(const char *value, size_t n)
{
	return n > 0 && !memchr(value, '\0', n);
}

/* GNU.sparse.map: numbers with commas between them. */
static bool parse_map(struct holes *h, const char *value, size_t n)
{
	while (n > 0) {
		const char *comma = memchr(value, ',', n);
		size_t len = comma ? (size_t)(comma - value) : n;
		uint64_t number;

		if (!parse_decimal(value, len, &number))
			return false;
		holes_add(h, number);
		len += comma != NULL;
		value += len;
		n -= len;
	}
	return true;
}

/* Behind "GNU.sparse.". Versions 0.0, 0.1 and 1.0. */
static bool read_sparse(struct entry *e, const char *key, const char *value, size_t n)
{
	struct holes *h = &e->holes;
	uint64_t number;

	h->is_sparse = true;
	if (streq(key, "map"))
		return parse_map(h, value, n);
	if (streq(key, "name")) {
		free(e->path);
		e->path = xstrndup(value, n);
		return is_name(value, n);
	}
	if (!parse_decimal(value, n, &number))
		return false;
	if (streq(key, "size") || streq(key, "realsize")) {
		h->real_size = number;
		h->has_real_size = true;
	} else if (streq(key, "numblocks")) {
		h->count = number;
		h->has_count = true;
	} else if (streq(key, "major")) {
		h->in_content = number == 1;
		return number <= 1;
	} else if (streq(key, "minor")) {
		return number <= 1;
	} else if (streq(key, "offset") || streq(key, "numbytes")) {
		if (h->has_offset != streq(key, "numbytes"))
			return false;
		holes_add(h, number);
	}
	return true;
}

/* A record that says something of an entry which matters here. */
static bool read_record(struct entry *e, const char *key, const char *value, size_t n)
{
	const char *sparse = after_prefix(key, "GNU.sparse.");
	uint64_t number;

	if (sparse)
		return read_sparse(e, sparse, value, n);
	if (streq(key, "path")) {
		free(e->path);
		e->path = xstrndup(value, n);
		e->has_path = true;
		return is_name(value, n);
	}
	if (streq(key, "linkpath")) {
		e->has_linkpath = true;
		return is_name(value, n);
	}
	if (streq(key, "size")) {
		e->has_size = true;
		return parse_decimal(value, n, &e->size);
	}
	if (streq(key, "SCHILY.realsize")) {
		e->has_star_size = true;
		return parse_decimal(value, n, &e->star_size);
	}
	if (streq(key, "uid") || streq(key, "gid"))
		return parse_decimal(value, n, &number);
	return !streq(key, "mtime") || is_time(value, n);
}

/* True for what some readers apply to all entries that follow, and libarchive does not. */
static bool changes_entries(const char *key)
{
	static const char *const keys[] = { "path", "linkpath", "size", "uid", "gid", "mtime",
					    "SCHILY.realsize" };
	static const char *const prefixes[] = { "GNU.sparse.", "SCHILY.xattr.", "SCHILY.acl.",
						"LIBARCHIVE.xattr." };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (streq(key, keys[i]))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (after_prefix(key, prefixes[i]))
			return true;
	}
	return false;
}

/* "LENGTH KEY=VALUE\n", LENGTH is that of all of it. Its length, 0 if it is none. */
static size_t split_record(const char *p, size_t n, char **ret_key, const char **ret_value, size_t *ret_n)
{
	const char *blank = memchr(p, ' ', n), *equals;
	uint64_t len;

	if (!blank || !parse_decimal(p, (size_t)(blank - p), &len) || len > n ||
	    len < (size_t)(blank - p) + 3 || p[len - 1] != '\n')
		return 0;
	equals = memchr(blank + 1, '=', (size_t)(p + len - 1 - (blank + 1)));
	if (!equals)
		return 0;
	*ret_key = xstrndup(blank + 1, (size_t)(equals - (blank + 1)));
	*ret_value = equals + 1;
	*ret_n = (size_t)(p + len - 1 - (equals + 1));
	return (size_t)len;
}

static void read_pax(struct strict *s, bool is_global)
{
	const char *p = strbuf_str(&s->special), *end = p + s->special.len;

	while (p < end) {
		cleanup_free char *key = NULL;
		const char *value;
		size_t n, len = split_record(p, (size_t)(end - p), &key, &value, &n);

		if (len == 0) {
			refuse(s, "its pax header is damaged");
			return;
		}
		if (is_global ? changes_entries(key) : !read_record(&s->entry, key, value, n)) {
			cleanup_free char *what =
				is_global ? xasprintf("a global pax header with '%s' is read differently "
						      "by different programs",
						      key)
					  : xasprintf("'%s' in its pax header is damaged", key);

			refuse(s, what);
			return;
		}
		p += len;
	}
}

static void end_special(struct strict *s)
{
	struct entry *e = &s->entry;

	switch (s->block[156]) {
	case 'g':
		read_pax(s, true);
		break;
	case 'L':
		e->has_long_name = true;
		break;
	case 'K':
		e->has_long_link = true;
		break;
	default:
		if (e->has_pax)
			refuse(s, "it has two pax headers");
		s->has_pax = e->has_pax = true;
		read_pax(s, false);
	}
	if ((e->has_long_name && e->has_path) || (e->has_long_link && e->has_linkpath))
		refuse(s, "it has two long names");
}

/* --- headers ------------------------------------------------------------------------------ */

static bool is_zero(const unsigned char *p)
{
	for (int i = 0; i < BLOCK; i++) {
		if (p[i])
			return false;
	}
	return true;
}

/* The sum of all bytes, those of the checksum being blanks; some old programs took them for signed. */
static bool has_checksum(const unsigned char *p)
{
	int64_t sum = 0, signed_sum = 0, told;

	for (int i = 0; i < BLOCK; i++) {
		unsigned char c = i >= 148 && i < 156 ? ' ' : p[i];

		sum += c;
		signed_sum += (signed char)c;
	}
	return parse_field(p + 148, 8, &told) && (told == sum || told == signed_sum);
}

static void go_on(struct strict *s, enum state state, uint64_t size)
{
	s->state = state;
	s->left = size;
	s->padding = (BLOCK - size % BLOCK) % BLOCK;
}

/* The entry's content of so many bytes comes, of which those of its map have been read. */
static void begin_content(struct strict *s, uint64_t size)
{
	if (s->entry.holes.is_sparse && !holes_fit(&s->entry.holes, size))
		refuse(s, "its map of holes is damaged");
	else
		go_on(s, IN_CONTENT, size);
	forget_entry(s);
}

/* Offset and length, until there is a length of no digits. */
static void read_pairs(struct strict *s, const unsigned char *p, int n)
{
	for (; n > 0 && p[12]; n--, p += 24) {
		int64_t offset, len;

		if (!parse_field(p, 12, &offset) || !parse_field(p + 12, 12, &len) || offset < 0 || len < 0) {
			s->entry.holes.is_wrong = true;
			return;
		}
		holes_add(&s->entry.holes, (uint64_t)offset);
		holes_add(&s->entry.holes, (uint64_t)len);
	}
}

/* GNU tar's own sparse files: four parts in the header, a mark that there are more, the real size. */
static void begin_old_sparse(struct strict *s, uint64_t size)
{
	struct holes *h = &s->entry.holes;
	int64_t real_size;

	if (memcmp(s->block + 257, "ustar  ", 8) != 0 || h->is_sparse ||
	    !parse_field(s->block + 483, 12, &real_size) || real_size < 0) {
		refuse(s, "its map of holes is damaged, or of a kind that is not known");
		return;
	}
	if (!s->entry.path)
		s->entry.path = xstrndup((const char *)s->block, 100);
	h->is_sparse = h->has_real_size = true;
	h->real_size = (uint64_t)real_size;
	read_pairs(s, s->block + 386, 4);
	s->left = size;
	if (s->block[482])
		s->state = IN_MAP;
	else
		begin_content(s, size);
}

static void begin_entry(struct strict *s, uint64_t size)
{
	const struct entry *e = &s->entry;
	bool is_plain = false;

	switch (s->block[156]) {
	case '1': /* has a content in pax archives, if at all */
		if (size > 0 && s->has_pax)
			refuse(s, "it is a hard link that has a size");
		size = 0;
		break;
	case '2':
	case '3':
	case '4':
	case '5':
	case '6': /* the size in their own headers is not used by anybody */
		if (size > 0 && e->has_size)
			refuse(s, "it has a size, and is no file");
		size = 0;
		break;
	case 'S':
		begin_old_sparse(s, size);
		return;
	default:
		is_plain = true;
	}
	if (e->has_star_size && e->star_size != size)
		refuse(s, "it has two sizes");
	if (s->state == AT_END)
		return;
	if (!is_plain || !e->holes.in_content) {
		begin_content(s, size);
		return;
	}
	s->state = IN_LINES;
	s->lines_left = size;
	s->n_numbers = s->number = s->n_digits = 0;
	if (!e->path)
		s->entry.path = xstrndup((const char *)s->block, 100);
}

static void read_header(struct strict *s)
{
	static const struct {
		int at, size;
	} fields[] = { { 100, 8 }, { 108, 8 }, { 116, 8 }, { 136, 12 } };
	const unsigned char *p = s->block;
	int64_t size, ignored;
	bool is_good = has_checksum(p) && parse_field(p + 124, 12, &size) && size >= 0;

	if (is_zero(p)) {
		s->state = AT_END;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		is_good = is_good && parse_field(p + fields[i].at, (size_t)fields[i].size, &ignored);
	if (!is_good) {
		refuse(s, "its header is damaged");
		return;
	}
	if (!strchr("xXgLK", p[156]) || !p[156]) {
		begin_entry(s, s->entry.has_size ? s->entry.size : (uint64_t)size);
		return;
	}
	if (size > SPECIAL_MAX)
		refuse(s, "its header is too long");
	else
		go_on(s, IN_SPECIAL, (uint64_t)size);
	strbuf_clear(&s->special);
}

static void read_map_block(struct strict *s)
{
	read_pairs(s, s->block, 21);
	if (!s->block[504])
		begin_content(s, s->left);
}

/* The map of version 1.0: the number of its parts, then two numbers for each, a line for each number; what
 * is left of the last block is not used. */
static void read_line_byte(struct strict *s, char c)
{
	struct holes *h = &s->entry.holes;

	s->lines_left--;
	if (c >= '0' && c <= '9' && s->n_digits < 19) {
		s->number = s->number * 10 + (uint64_t)(c - '0');
		s->n_digits++;
		return;
	}
	if (c != '\n' || s->n_digits == 0) {
		refuse(s, "its map of holes is damaged");
		return;
	}
	if (s->n_numbers++ == 0) {
		h->count = s->number;
		h->has_count = true;
	} else {
		holes_add(h, s->number);
	}
	s->number = s->n_digits = 0;
}

static bool has_all_lines(const struct strict *s)
{
	return s->n_numbers > 0 && s->entry.holes.n >= s->entry.holes.count && !s->entry.holes.has_offset;
}

/* --- bytes -------------------------------------------------------------------------------- */

static size_t add_block(struct strict *s, const char *p, size_t n)
{
	size_t room = BLOCK - s->n_block;

	if (n > room)
		n = room;
	memcpy(s->block + s->n_block, p, n);
	s->n_block += n;
	if (s->n_block < BLOCK)
		return n;
	s->n_block = 0;
	if (s->state == AT_HEADER)
		read_header(s);
	else
		read_map_block(s);
	return n;
}

static size_t add_lines(struct strict *s, const char *p, size_t n)
{
	uint64_t size = s->lines_left;
	size_t i = 0;

	while (i < n && s->state == IN_LINES && s->lines_left > 0 && !has_all_lines(s) &&
	       !s->entry.holes.is_wrong)
		read_line_byte(s, p[i++]);
	s->n_block += i; /* how much of the map there was */
	if (s->state != IN_LINES)
		return i;
	if (has_all_lines(s)) {
		uint64_t rest = (BLOCK - s->n_block % BLOCK) % BLOCK;

		s->n_block = 0;
		if (rest > s->lines_left)
			rest = s->lines_left;
		begin_content(s, s->lines_left - rest);
		s->left += rest;
	} else if (i < n || size == i) {
		refuse(s, "its map of holes is damaged");
	}
	return i;
}

static size_t add_content(struct strict *s, const char *p, size_t n)
{
	uint64_t *left = s->left > 0 ? &s->left : &s->padding;

	if (n > *left)
		n = (size_t)*left;
	if (s->state == IN_SPECIAL && s->left > 0)
		strbuf_add(&s->special, p, n);
	*left -= n;
	return n;
}

static size_t add_some(struct strict *s, const char *p, size_t n)
{
	if (s->state == AT_HEADER || s->state == IN_MAP)
		return add_block(s, p, n);
	if (s->state == IN_LINES)
		return add_lines(s, p, n);
	if (s->left > 0 || s->padding > 0)
		return add_content(s, p, n);
	if (s->state == IN_SPECIAL)
		end_special(s);
	if (s->state != AT_END)
		s->state = AT_HEADER;
	return 0;
}

void strict_add(struct strict *s, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0 && s->state != AT_END) {
		size_t used = add_some(s, p, n);

		p += used;
		n -= used;
	}
}
