/* SPDX-License-Identifier: MIT */
#include "container/user.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"

static void tell(const struct container *c, const char *user)
{
	cleanup_free char *dirs = strv_join(&c->opaque_dirs, ", ");

	if (*dirs)
		log_notice("entering as '%s', who called sudo (--user root for root); started empty: %s",
			   user, dirs);
	else
		log_notice("entering as '%s', who called sudo (--user root for root)", user);
}

int join_user(const struct store *s, const struct container *c, const char *asked, char **ret_user)
{
	const char *user = getenv("SUDO_USER");

	if (asked) {
		if (!*asked)
			return log_error_code(-EINVAL, "the name of the user is empty");
		*ret_user = xstrdup(asked);
		return 0;
	}
	*ret_user = NULL;
	if (!container_is_host_clone(c) || !s->config.join_as_sudo_user)
		return 0;
	if (!user || !*user || streq(user, "root") || !getpwnam(user))
		return 0;
	tell(c, user);
	*ret_user = xstrdup(user);
	return 0;
}
