/* SPDX-License-Identifier: MIT */
#include "lazy/lazy.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"

int lazy_load(struct lazy_library *library)
{
	void *handle;

	if (library->handle || !library->soname)
		return 0;
	handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return log_error_code(-ENOENT, "cannot load %s, install it with: apt install %s (%s)",
				      library->soname, library->package, dlerror());
	for (size_t i = 0; library->symbols[i]; i++) {
		void *function = dlsym(handle, library->symbols[i]);

		if (!function)
			return log_error_code(-ENOENT, "%s is too old: it has no %s()", library->soname,
					      library->symbols[i]);
		/* POSIX: the two kinds of pointer have one representation (dlsym(3)). */
		memcpy(&library->functions[i], &function, sizeof(function));
	}
	library->handle = handle;
	return 0;
}
