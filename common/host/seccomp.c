/* SPDX-License-Identifier: MIT */
#include "host/seccomp.h"

#include "lazy/libseccomp.h"

int seccomp_knows(const char *name)
{
	int r = lazy_load(&lazy_libseccomp);

	/* Calls of other architectures have negative numbers (seccomp_syscall_resolve_name(3)). */
	return r < 0 ? r : seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}
