/* SPDX-License-Identifier: MIT */
/* cleanup: release a local when it goes out of scope.
 *
 *	cleanup_free char *name = NULL;
 *	cleanup_close int fd = -1;
 *
 * The variable must be initialised where it is declared. Ownership leaves through TAKE_PTR() and
 * TAKE_FD(). None of these changes errno. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/macro.h"

#define cleanup_(fn) __attribute__((cleanup(fn)))

/* Define fn##_p(), a cleanup function that calls fn on a non-NULL pointer. */
#define DEFINE_CLEANUP(type, fn)            \
	attr_unused static inline void fn##_p(type *p) \
	{                                   \
		if (*p)                     \
			fn(*p);             \
	}

static inline void cleanup_free_p(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

static inline void cleanup_close_p(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_fclose_p(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_closedir_p(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define cleanup_free cleanup_(cleanup_free_p)
#define cleanup_close cleanup_(cleanup_close_p)
#define cleanup_fclose cleanup_(cleanup_fclose_p)
#define cleanup_closedir cleanup_(cleanup_closedir_p)
