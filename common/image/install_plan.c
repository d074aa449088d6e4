/* SPDX-License-Identifier: MIT */
#include "image/install_plan.h"

#include <stdlib.h>

#include "base/alloc.h"

/* apt would download as a user of its own, who cannot write everywhere in a minimal tree. */
#define APT "apt-get -o APT::Sandbox::User=root "
#define APT_INSTALL APT "install -y --no-install-recommends "

/* Words are separated by blanks, none has one in it. "-" in front: it may fail. */
static const char *const commands[FAMILY_N][8] = {
	[FAMILY_DEBIAN] = {
		APT "update",
		APT_INSTALL "tzdata",
		APT_INSTALL "dbus systemd libpam-systemd login",
		"-" APT_INSTALL "systemd-resolved", /* older releases have it in systemd */
		APT "autoremove -y -f",
		APT "clean",
		"find /var/lib/apt/lists -type f -delete",
	},
	[FAMILY_FEDORA] = {
		"dnf install -y systemd dbus util-linux pam",
		"dnf clean all",
	},
	[FAMILY_ARCH] = {
		"pacman -Sy --noconfirm systemd dbus util-linux pam",
		"pacman -Scc --noconfirm",
	},
	[FAMILY_SUSE] = {
		"zypper --non-interactive install systemd dbus-1 util-linux pam libcap-progs",
		"zypper clean --all",
		/* Their capabilities are lost in what is exported and shared. */
		"-setcap -r /usr/bin/newuidmap",
		"-setcap -r /usr/bin/newgidmap",
	},
};

static struct install_command *add_command(struct install_plan *plan)
{
	plan->commands = xreallocarray(plan->commands, plan->n + 1, sizeof(*plan->commands));
	plan->commands[plan->n] = (struct install_command){ .argv = STRV_INIT };
	return &plan->commands[plan->n++];
}

void install_plan_make(const struct config *config, enum family family, struct install_plan *ret)
{
	const struct config_distro *distro = &config->distros[family];

	*ret = (struct install_plan)INSTALL_PLAN_INIT;
	STRV_FOREACH(hook, &distro->import_prehook) {
		struct strv *argv = &add_command(ret)->argv;

		strv_add(argv, "/bin/sh");
		strv_add(argv, "-c");
		strv_add(argv, hook);
	}
	for (size_t i = 0; !distro->has_import_prehook && commands[family][i]; i++) {
		struct install_command *command = add_command(ret);
		const char *words = commands[family][i];

		command->may_fail = *words == '-';
		strv_split(&command->argv, words + command->may_fail, ' ');
	}
}

void install_plan_done(struct install_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		strv_done(&plan->commands[i].argv);
	free(plan->commands);
	*plan = (struct install_plan)INSTALL_PLAN_INIT;
}

char *install_command_text(const struct install_command *command)
{
	const struct strv *argv = &command->argv;

	/* One of the configuration is a line for a shell already. */
	return argv->n == 3 && streq(argv->v[1], "-c") ? xstrdup(argv->v[2]) : strv_join(argv, " ");
}
