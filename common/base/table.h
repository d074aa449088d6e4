/* SPDX-License-Identifier: MIT */
/* table: rows of text in aligned columns, two blanks between them.
 *
 * The last column is not padded. Control bytes of cells are escaped. Widths count UTF-8 characters.
 * A column whose every cell is empty is left out when it was declared optional. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/strv.h"

#define TABLE_COLUMNS_MAX 16

struct table {
	size_t n_columns;
	const char *headers[TABLE_COLUMNS_MAX];
	bool optional[TABLE_COLUMNS_MAX];
	struct strv cells; /* row after row */
};

/* Declare the next column; all columns come before the first cell. */
void table_column(struct table *t, const char *header);
void table_optional_column(struct table *t, const char *header);
/* The next cell, from left to right, row after row. NULL is the empty cell. */
void table_cell(struct table *t, const char *text);
void table_print(const struct table *t, FILE *f);
void table_done(struct table *t);

#define cleanup_table __attribute__((cleanup(table_done)))
