/* SPDX-License-Identifier: MIT */
#include "image/install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/confirm.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "container/bootable.h"
#include "container/resolvconf.h"
#include "container/treerun.h"
#include "image/install_plan.h"

int install_mode_parse(const char *word, enum install_mode *ret)
{
	static const char *const words[] = {
		[INSTALL_AUTO] = "auto", [INSTALL_YES] = "yes", [INSTALL_NO] = "no"
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (streq(word, words[i])) {
			*ret = (enum install_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* Package managers ask nobody anything, and speak the language of our messages. */
static const char *const environment[] = {
	"DEBIAN_FRONTEND=noninteractive",
	"TZ=Etc/UTC",
	"LC_ALL=C.UTF-8",
};

/* Whoever is behind a proxy has these, and downloads nothing without. */
static const char *const proxies[] = {
	"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
	"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY",
};

/* --- running them ------------------------------------------------------------------------- */

static int run_command(const struct install *in, const struct install_command *command)
{
	cleanup_strv struct strv env = STRV_INIT, tail = STRV_INIT;
	cleanup_free char *text = install_command_text(command);
	struct tree_run run = { in->path, in->tree_fd, in->tree_fd, &env, command->argv.v };
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(environment); i++)
		strv_add(&env, environment[i]);
	for (size_t i = 0; i < ARRAY_SIZE(proxies); i++) {
		if (getenv(proxies[i]))
			strv_add(&env, proxies[i]);
	}
	log_notice("running in the tree from '%s': %s", in->name, text);
	r = tree_run(&run, &tail);
	if (r <= 0 || command->may_fail)
		return r < 0 ? r : 0;
	/* With -v all of it has been shown. */
	STRV_FOREACH(line, &tail) {
		if (!log_is_verbose())
			log_notice("  %s", line);
	}
	if (access("/run/systemd/system", F_OK) < 0)
		log_notice("systemd does not run this machine, which systemd-nspawn may need");
	return log_error_code(-EIO, "'%s' failed in the tree from '%s' (exit status %d)", text, in->name, r);
}

static int run_plan(const struct install *in, const struct install_plan *plan)
{
	cleanup_resolvconf struct resolvconf resolv = RESOLVCONF_INIT;
	int r = resolvconf_lend(in->tree_fd, &resolv), returned;

	if (r < 0)
		return log_error_errno(r, "cannot write etc/resolv.conf of '%s'", in->name);
	for (size_t i = 0; i < plan->n && r >= 0; i++)
		r = run_command(in, &plan->commands[i]);
	returned = resolvconf_return(&resolv);
	if (returned < 0)
		log_warning_errno(returned, "etc/resolv.conf of '%s' is not what it was", in->name);
	return interrupted() ? -EINTR : r;
}

/* --- a tree that boots -------------------------------------------------------------------- */

static void remove_mask(const struct install *in, const char *unit)
{
	cleanup_close int fd =
		open_in_root(in->tree_fd, "etc/systemd/system", O_PATH | O_DIRECTORY, 0);
	char target[sizeof("/dev/null") + 1];
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, unit, target, sizeof(target));

	if (n != (ssize_t)strlen("/dev/null") || strncmp(target, "/dev/null", (size_t)n) != 0)
		return;
	if (unlinkat(fd, unit, 0) < 0)
		log_warning_errno(-errno, "cannot unmask %s in '%s'", unit, in->name);
	else
		log_debug("unmasked %s", unit);
}

static bool has_login(int tree_fd)
{
	static const char *const paths[] = { "etc/pam.d/login", "usr/lib/pam.d/login",
					     "usr/etc/pam.d/login" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_close int fd = open_in_root(tree_fd, paths[i], O_PATH, 0);

		if (fd >= 0)
			return true;
	}
	return false;
}

/* Images for other kinds of containers switch off what a booted one needs. Nothing here is worth a
 * failure. */
static void patch(const struct install *in, const struct install_plan *plan, bool installed)
{
	cleanup_close int fd = mkdir_in_root(in->tree_fd, "etc/systemd/system", 0755);

	if (fd < 0) {
		log_warning_errno(fd, "cannot make etc/systemd/system in '%s'", in->name);
		return;
	}
	remove_mask(in, "systemd-resolved.service");
	remove_mask(in, "systemd-logind.service");
	if (has_login(in->tree_fd))
		return;
	if (in->mode == INSTALL_YES && !installed && plan->n > 0 && run_plan(in, plan) >= 0 &&
	    has_login(in->tree_fd))
		return;
	if (in->mode == INSTALL_YES)
		log_warning("'%s' has no etc/pam.d/login, nobody can log in to a container of it",
			    in->name);
}

/* --- one that does not -------------------------------------------------------------------- */

/* The end of an import, unless it is forced. */
static int refuse(const struct install *in, const struct bootable *b, const char *advice)
{
	cleanup_free char *lacks = bootable_lacks(b);

	if (in->force) {
		log_warning("'%s' has %s, a container of it cannot boot", in->name, lacks);
		return 0;
	}
	return log_error_code(-ENOEXEC, "'%s' has %s, a container of it cannot boot; %s", in->name,
			      lacks, advice);
}

/* 1: install; else it is decided. */
static int ask(const struct install *in, const struct bootable *b, const struct install_plan *plan)
{
	cleanup_free char *lacks = bootable_lacks(b);
	int r;

	if (!confirm_is_possible(in->config->interactive))
		return refuse(
			in, b,
			"--install-packages=yes installs the packages, --force imports it as it is");
	log_notice("'%s' has %s; these commands would be run in it:", in->name, lacks);
	for (size_t i = 0; i < plan->n; i++) {
		cleanup_free char *text = install_command_text(&plan->commands[i]);

		log_notice("  %s", text);
	}
	r = confirm("install the packages? [Y/n] ", true);
	if (r == 0 && in->force)
		return refuse(in, b, "");
	return r == 0 ? log_error_code(-ECANCELED, "aborted") : r;
}

static int decide(const struct install *in, const struct bootable *b,
		  const struct install_plan *plan)
{
	if (in->mode == INSTALL_NO)
		return refuse(
			in, b,
			"--install-packages=yes installs the packages, --force imports it as it is");
	if (plan->n == 0)
		return refuse(
			in, b,
			b->family == FAMILY_UNKNOWN
				? "its distribution is unknown, so no packages can be installed "
				  "(--force imports it as it is)"
				: "there are no commands that install packages in it "
				  "(--force imports it as it is)");
	return in->mode == INSTALL_YES ? 1 : ask(in, b, plan);
}

static int install(const struct install *in, const struct install_plan *plan, struct bootable *b)
{
	int r = run_plan(in, plan);

	if (r < 0 && (!in->force || r == -EINTR))
		return r;
	bootable_done(b);
	bootable_read(in->tree_fd, b);
	if (bootable_is(b))
		return 0;
	return refuse(in, b, "the packages did not help (--force imports it as it is)");
}

int install_if_needed(const struct install *in)
{
	cleanup_bootable struct bootable b = BOOTABLE_INIT;
	cleanup_install_plan struct install_plan plan = INSTALL_PLAN_INIT;
	bool needed;
	int r = 1;

	bootable_read(in->tree_fd, &b);
	needed = !bootable_is(&b);
	install_plan_make(in->config, b.family, &plan);
	if (needed)
		r = decide(in, &b, &plan);
	if (needed && r > 0)
		r = install(in, &plan, &b);
	if (r >= 0 && b.systemd && b.family != FAMILY_NIXOS)
		patch(in, &plan, needed);
	return interrupted() ? -EINTR : r < 0 ? r : 0;
}
