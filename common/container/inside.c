/* SPDX-License-Identifier: MIT */
#include "container/inside.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"

#define PROGRAM "sdme-inside"

char *inside_program(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	cleanup_free char *path = NULL;

	self[n < 0 ? 0 : n] = '\0';
	if (n <= 0 || streq(self, BINDIR "/sdme"))
		path = xstrdup(LIBEXECDIR "/" PROGRAM);
	else
		path = xasprintf("%.*s/" PROGRAM, (int)(strrchr(self, '/') - self), self);
	if (access(path, X_OK) == 0)
		return TAKE_PTR(path);
	log_error_errno(-errno, "cannot find the program for containers, '%s' (sdme was built or installed without it)", path);
	return NULL;
}
