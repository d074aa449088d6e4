/* SPDX-License-Identifier: MIT */
/* lazy: libraries that are loaded when a run first needs them.
 *
 * Linked plainly, the libraries that some applet needs would be loaded at every start of every
 * applet. Instead common/lazy/NAME.sym lists the functions that we call, and the build makes
 * "lazy/NAME.h" from it: include that header in place of the library's own, call
 * lazy_load(&lazy_NAME) where the work begins, and use the functions by their ordinary names.
 * A function that is missing from the list does not link. A static build (LAZY_STATIC)
 * links the library plainly, and lazy_load() does nothing. What a package should depend on is in the ELF note
 * .note.dlopen (https://systemd.io/ELF_DLOPEN_METADATA/). */
#pragma once

#include <stddef.h>

struct lazy_library {
	const char *soname;
	const char *package;        /* Debian's name, for the message */
	const char *const *symbols; /* NULL-terminated */
	void **functions;           /* filled in the order of the symbols */
	void *handle;
};

#ifdef LAZY_STATIC
static inline int lazy_load(struct lazy_library *library)
{
	(void)library;
	return 0;
}

static inline int lazy_try(struct lazy_library *library)
{
	return lazy_load(library);
}
#else
/* Load the library and find its functions; nothing to do the second time. Logs and returns
 * -ENOENT if the library or a function of it is missing. */
int lazy_load(struct lazy_library *library);
/* As lazy_load(), but silent: for a library that there is a substitute for. */
int lazy_try(struct lazy_library *library);
#endif
