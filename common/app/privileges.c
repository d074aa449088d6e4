/* SPDX-License-Identifier: MIT */
#include "app/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/capability.h"
#include "base/log.h"

/* For process 1 and its children until they execute something: signals, the program's user, and its pipes
 * (launch_give_pipes()). */
static const uint64_t kept = CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_KILL) |
			     CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETGID) |
			     CAPABILITY_BIT(CAP_SETPCAP);

/* What this kernel knows of: newer capabilities than we know are taken away, too. */
static int limit_bounding_set(uint64_t capabilities)
{
	for (unsigned i = 0; i < 64 && prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++) {
		if (!(capabilities & CAPABILITY_BIT(i)) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return -errno;
	}
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ? -errno : 0;
}

static int limit_capabilities(uint64_t capabilities)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)((capabilities | kept) >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int privileges_confine(const struct launch *l)
{
	if (l->app.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return log_error_errno(-errno, "cannot give up new privileges");
	/* The filter in front, as it takes a capability that goes, unless there are no new privileges. */
	if (l->filter.len > 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &l->filter) < 0)
		return log_error_errno(-errno, "cannot load the filter of system calls");
	int r = limit_bounding_set(l->app.capabilities);

	if (r >= 0)
		r = limit_capabilities(l->app.capabilities);
	return r < 0 ? log_error_errno(r, "cannot give up capabilities") : 0;
}

int privileges_become(const struct app_user *user)
{
	if (setgroups(user->n_groups, user->groups) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		return -errno;
	return 0;
}
