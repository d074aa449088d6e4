/* SPDX-License-Identifier: MIT */
#include "base/table.h"

#include <assert.h>

#include "base/strbuf.h"

void table_column(struct table *t, const char *header)
{
	assert(t->n_columns < TABLE_COLUMNS_MAX && t->cells.n == 0);
	t->headers[t->n_columns++] = header;
}

void table_optional_column(struct table *t, const char *header)
{
	table_column(t, header);
	t->optional[t->n_columns - 1] = true;
}

void table_cell(struct table *t, const char *text)
{
	struct strbuf s = STRBUF_INIT;

	strbuf_add_escaped(&s, text ? text : "");
	strv_add_owned(&t->cells, strbuf_detach(&s));
}

/* Columns on the terminal: characters, counting no UTF-8 continuation byte. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t max = 0;

	for (size_t i = column; i < t->cells.n; i += t->n_columns) {
		size_t w = width(t->cells.v[i]);

		if (w > max)
			max = w;
	}
	if (max == 0 && t->optional[column])
		return 0;
	return max > width(t->headers[column]) ? max : width(t->headers[column]);
}

static void print_row(const struct table *t, const size_t *widths, const char *const *cells, FILE *f)
{
	size_t pad = 0; /* printed in front of the next cell that is not empty: no row ends in blanks */
	size_t gap = 0;

	for (size_t c = 0; c < t->n_columns; c++) {
		if (widths[c] == 0)
			continue;
		pad += gap;
		if (*cells[c]) {
			fprintf(f, "%*s%s", (int)pad, "", cells[c]);
			pad = 0;
		}
		pad += widths[c] - width(cells[c]);
		gap = 2;
	}
	fputc('\n', f);
}

void table_print(const struct table *t, FILE *f)
{
	size_t widths[TABLE_COLUMNS_MAX];

	for (size_t c = 0; c < t->n_columns; c++)
		widths[c] = column_width(t, c);
	print_row(t, widths, t->headers, f);
	for (size_t i = 0; i + t->n_columns <= t->cells.n; i += t->n_columns)
		print_row(t, widths, (const char *const *)t->cells.v + i, f);
}

void table_done(struct table *t)
{
	strv_done(&t->cells);
}
