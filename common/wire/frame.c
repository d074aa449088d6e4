/* SPDX-License-Identifier: MIT */
#include "wire/frame.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/endian.h"

#define SIGNAL_MAX 64 /* SIGRTMAX of Linux */
#define EXIT_CODE_MAX 255

/* --- writing ------------------------------------------------------------------------------ */

static void add_string(struct strbuf *s, const char *text)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	strbuf_add_char(s, '"');
	for (const char *p = text; *p; p++) {
		const char *letter = letters;

		while (*letter && *letter != *p)
			letter += 2;
		if (*letter)
			strbuf_addf(s, "\\%c", letter[1]);
		else if ((unsigned char)*p < 0x20)
			strbuf_addf(s, "\\u%04x", (unsigned)*p);
		else
			strbuf_add_char(s, *p);
	}
	strbuf_add_char(s, '"');
}

static void add_frame(struct strbuf *s, const struct strbuf *text)
{
	unsigned char head[FRAME_HEAD];

	put_be32(head, (uint32_t)text->len);
	strbuf_add(s, head, sizeof(head));
	strbuf_add(s, text->buf, text->len);
}

int frame_add_argv(struct strbuf *s, char *const *argv)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	strbuf_add_str(&text, "{\"argv\":[");
	for (char *const *p = argv; *p; p++) {
		if (p > argv)
			strbuf_add_char(&text, ',');
		add_string(&text, *p);
		if (text.len > FRAME_MAX)
			return -E2BIG;
	}
	strbuf_add_str(&text, "]}");
	if (text.len > FRAME_MAX)
		return -E2BIG;
	add_frame(s, &text);
	return 0;
}

static void add_number(struct strbuf *s, const char *name, int value)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "{\"%s\":%d}", name, value);
	add_frame(s, &text);
}

void frame_add_signal(struct strbuf *s, int signo)
{
	add_number(s, "signal", signo);
}

void frame_add_exit_code(struct strbuf *s, int code)
{
	add_number(s, "exit_code", code);
}

/* --- reading ------------------------------------------------------------------------------ */

int frame_length(const unsigned char head[FRAME_HEAD], size_t *ret)
{
	size_t n = get_be32(head);

	if (n > FRAME_MAX)
		return -EMSGSIZE;
	*ret = n;
	return 0;
}

/* What is left of the text. */
struct reader {
	const char *p, *end;
};

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

/* Whether that comes next, blanks or not; it is taken. */
static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static bool take_hex(struct reader *r, unsigned *ret)
{
	*ret = 0;
	for (int i = 0; i < 4; i++, r->p++) {
		char c = '\0';

		if (r->p < r->end)
			c = *r->p;
		if (c >= '0' && c <= '9')
			*ret = *ret * 16 + (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*ret = *ret * 16 + (unsigned)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* RFC 3629. */
static void add_utf8(struct strbuf *s, unsigned c)
{
	if (c < 0x80) {
		strbuf_add_char(s, (char)c);
		return;
	}
	if (c < 0x800) {
		strbuf_add_char(s, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			strbuf_add_char(s, (char)(0xe0 | c >> 12));
		} else {
			strbuf_add_char(s, (char)(0xf0 | c >> 18));
			strbuf_add_char(s, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		strbuf_add_char(s, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	strbuf_add_char(s, (char)(0x80 | (c & 0x3f)));
}

/* What follows "\u". No NUL, which no argument can have, and no half of a pair. */
static bool take_code(struct reader *r, struct strbuf *s)
{
	unsigned c, low;

	if (!take_hex(r, &c) || c == 0 || (c >= 0xdc00 && c < 0xe000))
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
			return false;
		r->p += 2;
		if (!take_hex(r, &low) || low < 0xdc00 || low >= 0xe000)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	add_utf8(s, c);
	return true;
}

/* What follows a backslash. */
static bool take_escaped(struct reader *r, struct strbuf *s)
{
	static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

	if (r->p == r->end)
		return false;
	if (*r->p == 'u') {
		r->p++;
		return take_code(r, s);
	}
	for (const char *letter = letters; *letter; letter += 2) {
		if (*letter == *r->p) {
			strbuf_add_char(s, letter[1]);
			r->p++;
			return true;
		}
	}
	return false;
}

static bool take_string(struct reader *r, struct strbuf *s)
{
	if (!take(r, '"'))
		return false;
	while (r->p < r->end && *r->p != '"') {
		char c = *r->p++;

		if ((unsigned char)c < 0x20)
			return false;
		if (c != '\\')
			strbuf_add_char(s, c);
		else if (!take_escaped(r, s))
			return false;
	}
	return take(r, '"');
}

/* The object with one member of this name begins; its value comes next. */
static bool take_name(struct reader *r, const char *name)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	return take(r, '{') && take_string(r, &s) && streq(strbuf_str(&s), name) && take(r, ':');
}

static bool take_end(struct reader *r)
{
	if (!take(r, '}'))
		return false;
	skip_blanks(r);
	return r->p == r->end;
}

static bool take_strings(struct reader *r, struct strv *list)
{
	if (!take(r, '['))
		return false;
	if (take(r, ']'))
		return true;
	do {
		cleanup_strbuf struct strbuf s = STRBUF_INIT;

		if (!take_string(r, &s))
			return false;
		strv_add_owned(list, strbuf_detach(&s));
	} while (take(r, ','));
	return take(r, ']');
}

int frame_read_argv(const char *text, size_t len, struct strv *list)
{
	struct reader r = { text, text + len };
	cleanup_strv struct strv argv = STRV_INIT;

	if (!take_name(&r, "argv") || !take_strings(&r, &argv) || !take_end(&r))
		return -EBADMSG;
	strv_add_all(list, &argv);
	return 0;
}

/* Decimal as JSON has it: no sign, no zero in front. */
static bool take_number(struct reader *r, int max, int *ret)
{
	const char *first;

	skip_blanks(r);
	first = r->p;
	*ret = 0;
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && *ret <= max)
		*ret = *ret * 10 + (*r->p++ - '0');
	return r->p > first && *ret <= max && (r->p == first + 1 || *first != '0');
}

static int read_number(const char *text, size_t len, const char *name, int max, int *ret)
{
	struct reader r = { text, text + len };
	int n;

	if (!take_name(&r, name) || !take_number(&r, max, &n) || !take_end(&r))
		return -EBADMSG;
	*ret = n;
	return 0;
}

int frame_read_signal(const char *text, size_t len, int *ret)
{
	int n, r = read_number(text, len, "signal", SIGNAL_MAX, &n);

	if (r < 0 || n == 0)
		return -EBADMSG;
	*ret = n;
	return 0;
}

int frame_read_exit_code(const char *text, size_t len, int *ret)
{
	return read_number(text, len, "exit_code", EXIT_CODE_MAX, ret);
}
