/* SPDX-License-Identifier: MIT */
/* names: a name for a container whose user gave none. */
#pragma once

#include <stdbool.h>

/* A random word that is_taken() does not know; when all are taken, a word with changed vowels, as
 * long as there are free ones. The caller frees; NULL when nothing was free. Silent. */
char *name_generate(bool (*is_taken)(const char *name, void *data), void *data);
