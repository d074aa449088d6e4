/* SPDX-License-Identifier: MIT */
/* How a tree is made to boot: the commands of each family, how systemd-nspawn is called for them, and
 * what of the host is lent to the tree. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "container/mountpoints.h"
#include "container/resolvconf.h"
#include "container/treerun.h"
#include "image/install.h"
#include "image/install_plan.h"

static char dir_path[300];
static int root_fd;

static int setup(void **state)
{
	(void)state;
	root_fd = test_dir(dir_path, sizeof(dir_path));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(root_fd);
	return rmtree_at(AT_FDCWD, dir_path);
}

static void test_modes(void **state)
{
	enum install_mode mode = INSTALL_AUTO;

	(void)state;
	assert_int_equal(install_mode_parse("yes", &mode), 0);
	assert_int_equal(mode, INSTALL_YES);
	assert_int_equal(install_mode_parse("no", &mode), 0);
	assert_int_equal(mode, INSTALL_NO);
	assert_int_equal(install_mode_parse("auto", &mode), 0);
	assert_int_equal(mode, INSTALL_AUTO);
	assert_int_equal(install_mode_parse("", &mode), -EINVAL);
	assert_int_equal(install_mode_parse("y", &mode), -EINVAL);
}

/* --- commands ----------------------------------------------------------------------------- */

/* Arguments are separated by '|', a command that may fail has '-' in front. */
static void check_plan(const char *conf, enum family family, const char *const *expected)
{
	cleanup_config struct config config;
	cleanup_install_plan struct install_plan plan;
	char *message = NULL;
	size_t n = 0;

	config_init(&config);
	assert_int_equal(config_parse(&config, conf, &message), 0);
	install_plan_make(&config, family, &plan);
	for (; expected[n]; n++) {
		const char *text = expected[n];
		char *joined;

		assert_true(n < plan.n);
		assert_int_equal(plan.commands[n].may_fail, *text == '-');
		joined = strv_join(&plan.commands[n].argv, "|");
		assert_string_equal(joined, text + (*text == '-'));
		free(joined);
	}
	assert_int_equal(plan.n, n);
}
#define PLAN(...) (const char *const[]){ __VA_ARGS__, NULL }
#define NO_PLAN (const char *const[]){ NULL }

static void test_commands(void **state)
{
	(void)state;
	check_plan("", FAMILY_DEBIAN,
		   PLAN("apt-get|-o|APT::Sandbox::User=root|update",
			"apt-get|-o|APT::Sandbox::User=root|install|-y|--no-install-recommends|tzdata",
			"apt-get|-o|APT::Sandbox::User=root|install|-y|--no-install-recommends|dbus|systemd|"
			"libpam-systemd|login",
			"-apt-get|-o|APT::Sandbox::User=root|install|-y|--no-install-recommends|systemd-resolved",
			"apt-get|-o|APT::Sandbox::User=root|autoremove|-y|-f",
			"apt-get|-o|APT::Sandbox::User=root|clean",
			"find|/var/lib/apt/lists|-type|f|-delete"));
	check_plan("", FAMILY_FEDORA, PLAN("dnf|install|-y|systemd|dbus|util-linux|pam", "dnf|clean|all"));
	check_plan("", FAMILY_ARCH,
		   PLAN("pacman|-Sy|--noconfirm|systemd|dbus|util-linux|pam", "pacman|-Scc|--noconfirm"));
	check_plan("", FAMILY_SUSE,
		   PLAN("zypper|--non-interactive|install|systemd|dbus-1|util-linux|pam|libcap-progs",
			"zypper|clean|--all", "-setcap|-r|/usr/bin/newuidmap", "-setcap|-r|/usr/bin/newgidmap"));
	check_plan("", FAMILY_NIXOS, NO_PLAN);
	check_plan("", FAMILY_UNKNOWN, NO_PLAN);
}

static void test_commands_of_the_configuration(void **state)
{
	const char *conf = "[distros.debian]\nimport_prehook=first\n"
			   "[distros.fedora]\nimport_prehook=a 'b  c' | d  \nother=x\nimport_prehook = -e=f\n"
			   "[distros.arch]\nimport_prehook=\n"
			   "[distros.unknown]\nimport_prehook=apk add openrc\n"
			   "[distros.gentoo]\nimport_prehook=emerge\n"
			   "[sdme]\nimport_prehook=ours\nboot_timeout=7\n"
			   "[distros.debian]\nimport_prehook=\nimport_prehook=second\n";

	(void)state;
	check_plan(conf, FAMILY_DEBIAN, PLAN("/bin/sh|-c|second"));
	check_plan(conf, FAMILY_FEDORA, PLAN("/bin/sh|-c|a 'b  c' | d", "/bin/sh|-c|-e=f"));
	check_plan(conf, FAMILY_ARCH, NO_PLAN);
	check_plan(conf, FAMILY_UNKNOWN, PLAN("/bin/sh|-c|apk add openrc"));
	check_plan(conf, FAMILY_NIXOS, NO_PLAN);
}

static void test_text(void **state)
{
	cleanup_config struct config config;
	cleanup_install_plan struct install_plan plan;
	char *message = NULL, *text;

	(void)state;
	config_init(&config);
	assert_int_equal(config_parse(&config, "[distros.suse]\nimport_prehook=a | b\n", &message), 0);
	install_plan_make(&config, FAMILY_SUSE, &plan);
	text = install_command_text(&plan.commands[0]);
	assert_string_equal(text, "a | b");
	free(text);
	install_plan_done(&plan);
	install_plan_make(&config, FAMILY_FEDORA, &plan);
	text = install_command_text(&plan.commands[1]);
	assert_string_equal(text, "dnf clean all");
	free(text);
}

/* --- systemd-nspawn ----------------------------------------------------------------------- */

static void check_argv(bool in_scope, const char *expected)
{
	cleanup_strv struct strv env = STRV_INIT, argv = STRV_INIT;
	char *const command[] = { (char[]){ "-x" }, (char[]){ "a b" }, NULL };
	struct tree_run run = { "/data/fs/.x.import-txn-1", -1, -1, &env, command };
	char machine[64], *joined;

	strv_add(&env, "A=b c");
	strv_add(&env, "http_proxy");
	tree_run_argv(&run, in_scope, &argv);
	snprintf(machine, sizeof(machine), "--machine=sdme-install-%d", (int)getpid());
	assert_true(strv_contains(&argv, machine));
	strv_remove(&argv, machine);
	joined = strv_join(&argv, "|");
	assert_string_equal(joined, expected);
	free(joined);
}

static void test_argv(void **state)
{
	(void)state;
	check_argv(true, "systemd-nspawn|--settings=no|--quiet|--register=no|--directory=/data/fs/.x.import-txn-1|"
			 "--link-journal=no|--resolv-conf=off|--timezone=off|--as-pid2|--pipe|--setenv=A=b c|"
			 "--setenv=http_proxy|--|-x|a b");
	check_argv(false, "systemd-nspawn|--settings=no|--quiet|--register=no|--keep-unit|"
			  "--directory=/data/fs/.x.import-txn-1|--link-journal=no|--resolv-conf=off|--timezone=off|"
			  "--as-pid2|--pipe|--setenv=A=b c|--setenv=http_proxy|--|-x|a b");
}

static void test_mountpoints(void **state)
{
	static const char *const names[] = { "dev", "etc", "proc", "run", "sys" };

	(void)state;
	assert_null(mountpoints_wrong(root_fd));
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(mkdirat(root_fd, names[i], 0755), 0);
	assert_int_equal(symlinkat("/var/tmp", root_fd, "tmp"), 0); /* some have it so, and it does no harm */
	assert_null(mountpoints_wrong(root_fd));
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(unlinkat(root_fd, names[i], AT_REMOVEDIR), 0);
		assert_int_equal(symlinkat("/tmp", root_fd, names[i]), 0);
		assert_string_equal(mountpoints_wrong(root_fd) + 1, names[i]);
		assert_int_equal(unlinkat(root_fd, names[i], 0), 0);
		assert_int_equal(symlinkat("etc", root_fd, names[i]), 0);
		assert_string_equal(mountpoints_wrong(root_fd) + 1, names[i]);
		assert_int_equal(unlinkat(root_fd, names[i], 0), 0);
		assert_int_equal(mknodat(root_fd, names[i], S_IFREG | 0644, 0), 0);
		assert_string_equal(mountpoints_wrong(root_fd) + 1, names[i]);
		assert_int_equal(unlinkat(root_fd, names[i], 0), 0);
		assert_int_equal(mkdirat(root_fd, names[i], 0755), 0);
	}
}

/* --- resolv.conf -------------------------------------------------------------------------- */

#define FILE_MAX 100000

/* What the tree has in its place while it is lent: a file of its own with the host's text. */
static void check_lent(void)
{
	char *host = NULL, *lent = NULL;
	struct stat st;

	if (read_file_at(AT_FDCWD, "/etc/resolv.conf", FILE_MAX, &host) < 0)
		host = strdup("");
	assert_int_equal(fstatat(root_fd, "etc/resolv.conf", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(read_file_at(root_fd, "etc/resolv.conf", FILE_MAX, &lent), 0);
	assert_string_equal(lent, host);
	free(host);
	free(lent);
}

static void test_resolvconf_absent(void **state)
{
	struct resolvconf r = RESOLVCONF_INIT;

	(void)state;
	assert_int_equal(resolvconf_lend(root_fd, &r), 0);
	check_lent();
	assert_int_equal(resolvconf_return(&r), 0);
	assert_false(exists_at(root_fd, "etc/resolv.conf"));
	assert_int_equal(unlinkat(root_fd, "etc", AT_REMOVEDIR), 0); /* nothing else is left in it */
}

static void test_resolvconf_file(void **state)
{
	struct resolvconf r = RESOLVCONF_INIT;
	struct stat before, after;
	int etc = mkdir_in_root(root_fd, "etc", 0755);

	(void)state;
	assert_int_equal(write_file_atomic_at(etc, "resolv.conf", "mine", 0600, 0), 0);
	assert_int_equal(write_file_atomic_at(etc, ".resolv.conf.sdme-0", "also mine", 0600, 0), 0);
	assert_int_equal(fstatat(etc, "resolv.conf", &before, 0), 0);
	assert_int_equal(resolvconf_lend(root_fd, &r), 0);
	check_lent();
	/* A package makes something else of it. */
	assert_int_equal(unlinkat(etc, "resolv.conf", 0), 0);
	assert_int_equal(mkdirat(etc, "resolv.conf", 0700), 0);
	assert_int_equal(mkdirat(etc, "resolv.conf/x", 0700), 0);
	assert_int_equal(resolvconf_return(&r), 0);
	assert_int_equal(fstatat(etc, "resolv.conf", &after, 0), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_mode, S_IFREG | 0600);
	assert_true(exists_at(etc, ".resolv.conf.sdme-0"));
	assert_false(exists_at(etc, ".resolv.conf.sdme-1"));
	close(etc);
}

static void test_resolvconf_link(void **state)
{
	struct resolvconf r = RESOLVCONF_INIT;
	char target[400], outside[400];
	int etc = mkdir_in_root(root_fd, "etc", 0755);
	ssize_t n;
	char *text = NULL;

	(void)state;
	assert_int_equal(write_file_atomic_at(root_fd, "outside", "untouched", 0644, 0), 0);
	snprintf(outside, sizeof(outside), "%s/outside", dir_path);
	assert_int_equal(symlinkat(outside, etc, "resolv.conf"), 0);
	assert_int_equal(resolvconf_lend(root_fd, &r), 0);
	check_lent();
	assert_int_equal(resolvconf_return(&r), 0);
	n = readlinkat(etc, "resolv.conf", target, sizeof(target) - 1);
	assert_true(n > 0);
	target[n] = '\0';
	assert_string_equal(target, outside);
	assert_int_equal(read_file_at(root_fd, "outside", FILE_MAX, &text), 0);
	assert_string_equal(text, "untouched");
	free(text);
	close(etc);
}

/* A tree's /etc that leads out of it leads to the tree's own. */
static void test_resolvconf_etc_leads_out(void **state)
{
	struct resolvconf r = RESOLVCONF_INIT;
	char outside[400];
	int tree = mkdir_in_root(root_fd, "tree", 0755);

	(void)state;
	assert_int_equal(mkdirat(root_fd, "outside", 0755), 0);
	snprintf(outside, sizeof(outside), "%s/outside", dir_path);
	assert_int_equal(symlinkat(outside, tree, "etc"), 0);
	assert_true(resolvconf_lend(tree, &r) < 0);
	assert_int_equal(unlinkat(root_fd, "outside", AT_REMOVEDIR), 0);
	resolvconf_done(&r);
	close(tree);
}

static void test_resolvconf_gone(void **state)
{
	struct resolvconf r = RESOLVCONF_INIT;
	int etc = mkdir_in_root(root_fd, "etc", 0755);

	(void)state;
	assert_int_equal(write_file_atomic_at(etc, "resolv.conf", "mine", 0600, 0), 0);
	assert_int_equal(resolvconf_lend(root_fd, &r), 0);
	assert_int_equal(unlinkat(etc, ".resolv.conf.sdme-0", 0), 0);
	assert_int_equal(resolvconf_return(&r), -ENOENT);
	close(etc);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_modes),
		TEST(test_commands),
		TEST(test_commands_of_the_configuration),
		TEST(test_text),
		TEST(test_argv),
		TEST(test_mountpoints),
		TEST(test_resolvconf_absent),
		TEST(test_resolvconf_file),
		TEST(test_resolvconf_link),
		TEST(test_resolvconf_etc_leads_out),
		TEST(test_resolvconf_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
