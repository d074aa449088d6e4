/* SPDX-License-Identifier: MIT */
#include "lazy/lazy.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"

/* *ret_missing is the function that the library lacks. */
static int load(struct lazy_library *library, const char **ret_missing)
{
	void *handle;

	if (library->handle)
		return 0;
	handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return -ENOENT;
	for (size_t i = 0; library->symbols[i]; i++) {
		void *function = dlsym(handle, library->symbols[i]);

		*ret_missing = library->symbols[i];
		if (!function)
			return -ENOENT;
		/* POSIX: the two kinds of pointer have one representation (dlsym(3)). */
		memcpy(&library->functions[i], &function, sizeof(function));
	}
	library->handle = handle;
	return 0;
}

int lazy_try(struct lazy_library *library)
{
	const char *missing;

	return load(library, &missing);
}

int lazy_load(struct lazy_library *library)
{
	const char *missing = NULL;
	int r = load(library, &missing);

	if (r < 0 && missing)
		return log_error_code(r, "%s is too old: it has no %s()", library->soname, missing);
	if (r < 0)
		return log_error_code(r, "cannot load %s, install it with: apt install %s (%s)",
				      library->soname, library->package, dlerror());
	return 0;
}
