/* SPDX-License-Identifier: MIT */
#include "registry/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strv.h"
#include "oci/reference.h"
#include "registry/auth_file.h"
#include "registry/helper.h"

#define HELPER_LIMIT (60 * USEC_PER_SEC)

static void free_secret(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

void credentials_done(struct credentials *c)
{
	free_secret(&c->user);
	free_secret(&c->password);
	free_secret(&c->identity_token);
	free(c->source);
	c->source = NULL;
}

/* --- which files -------------------------------------------------------------------------- */

/* Who called sudo; ours if nobody did. */
static uid_t sudo_uid(void)
{
	const char *text = geteuid() == 0 ? getenv("SUDO_UID") : NULL;
	uint64_t uid;

	return text && parse_u64(text, 0, UINT32_MAX - 1, &uid) == 0 ? (uid_t)uid : geteuid();
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static void add_path(struct strv *paths, const char *dir, const char *rest)
{
	if (dir && dir[0] == '/')
		strv_addf(paths, "%s/%s", dir, rest);
}

static void add_paths_of(struct strv *paths, uid_t uid, const char *home)
{
	cleanup_free char *config = NULL, *docker = NULL;

	if (uid != geteuid() || !variable("XDG_RUNTIME_DIR"))
		strv_addf(paths,
			  uid != geteuid() ? "/run/user/%u/containers/auth.json"
					   : "/run/containers/%u/auth.json",
			  uid);
	else
		add_path(paths, variable("XDG_RUNTIME_DIR"), "containers/auth.json");
	config = home ? xasprintf("%s/.config", home) : NULL;
	docker = home ? xasprintf("%s/.docker", home) : NULL;
	if (uid == geteuid() && variable("XDG_CONFIG_HOME"))
		replace_str(&config, variable("XDG_CONFIG_HOME"));
	if (uid == geteuid() && variable("DOCKER_CONFIG"))
		replace_str(&docker, variable("DOCKER_CONFIG"));
	add_path(paths, config, "containers/auth.json");
	add_path(paths, docker, "config.json");
}

static void add_paths(struct strv *paths)
{
	const struct passwd *user = variable("HOME") ? NULL : getpwuid(geteuid());

	add_paths_of(paths, geteuid(), user ? user->pw_dir : variable("HOME"));
	if (sudo_uid() == geteuid())
		return;
	user = getpwuid(sudo_uid());
	add_paths_of(paths, sudo_uid(), user ? user->pw_dir : NULL);
}

/* --- one file ----------------------------------------------------------------------------- */

/* The text of it, and whose it is. -EPERM: somebody else may have planted it. */
static int read_file(const char *path, uid_t *ret_owner, char **ret_text)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	/* Not before it is known to be a file is it opened: a device does things, a FIFO waits. */
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((st.st_uid != geteuid() && st.st_uid != 0 && st.st_uid != sudo_uid()) ||
	    (st.st_mode & 022))
		return -EPERM;
	*ret_owner = st.st_uid;
	return read_file_at(AT_FDCWD, fd_path(fd).path, AUTH_FILE_MAX, ret_text);
}

static int ask_helper(const struct auth_entry *e, const char *path, uid_t owner, usec_t limit,
		      struct credentials *ret)
{
	cleanup_free char *message = NULL;
	/* Root's file says what root is to run, whoever we are. */
	int r = helper_get(e->helper, e->server, geteuid() == 0 ? owner : geteuid(),
			   limit > 0 ? limit : HELPER_LIMIT, ret, &message);

	if (r < 0 && r != -EINTR) {
		log_warning("docker-credential-%s, which '%s' names, %s", e->helper, path, message);
		return 0;
	}
	if (r > 0)
		ret->source = xasprintf("docker-credential-%s", e->helper);
	return r;
}

static int find_in_text(const char *text, const char *path, uid_t owner, const char *registry,
			const char *repository, usec_t limit, struct credentials *ret)
{
	cleanup_auth_entry struct auth_entry e = AUTH_ENTRY_INIT;
	int r = auth_file_find(text, registry, repository, &e);

	if (r >= 0 && e.helper)
		r = ask_helper(&e, path, owner, limit, ret);
	if (r != 0 || (!e.login.user && !e.login.identity_token))
		return r;
	*ret = e.login;
	e.login = (struct credentials)CREDENTIALS_INIT;
	ret->source = xstrdup(path);
	return 1;
}

static const char *explain(int r)
{
	switch (r) {
	case -EPERM:
		return "it does not belong to you, or others may write to it";
	case -EINVAL:
		return "it is not of the form that podman and docker keep";
	default:
		return strerror(-r);
	}
}

/* required: it was asked for by name, so it is not passed over. */
static int find_in_file(const struct credential_settings *s, const char *path, bool required,
			const char *registry, const char *repository, struct credentials *ret)
{
	cleanup_free char *text = NULL;
	uid_t owner = UINT32_MAX;
	int r = read_file(path, &owner, &text);

	if ((r == -ENOENT || r == -ENOTDIR) && !required)
		return 0;
	if (r >= 0) {
		log_debug("looking for credentials in '%s'", path);
		r = find_in_text(text, path, owner, registry, repository, s->helper_limit, ret);
		explicit_bzero(text, strlen(text));
	}
	if (r >= 0 || r == -EINTR)
		return r;
	if (required)
		return log_error_code(r, "cannot take credentials from '%s': %s", path, explain(r));
	log_warning("no credentials are taken from '%s': %s", path, explain(r));
	return 0;
}

int credentials_find(const struct credential_settings *s, const char *registry,
		     const char *repository, struct credentials *ret)
{
	const char *asked = s->auth_file ? s->auth_file : variable("REGISTRY_AUTH_FILE");
	cleanup_strv struct strv paths = STRV_INIT;
	int r = json_load();

	if (r < 0)
		return r;
	if (s->docker_user && *s->docker_user && s->docker_token && *s->docker_token &&
	    streq(registry, REFERENCE_DOCKER_HUB)) {
		ret->user = xstrdup(s->docker_user);
		ret->password = xstrdup(s->docker_token);
		ret->source = xstrdup("the configuration");
		return 1;
	}
	if (asked)
		return find_in_file(s, asked, true, registry, repository, ret);
	add_paths(&paths);
	STRV_FOREACH (path, &paths) {
		r = find_in_file(s, path, false, registry, repository, ret);
		if (r != 0)
			return r;
	}
	return 0;
}
