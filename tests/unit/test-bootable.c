/* SPDX-License-Identifier: MIT */
/* Families of distributions, and what a tree of each has when it can boot. */
#include "test.h"

#include <sys/stat.h>

#include "base/fs.h"
#include "container/bootable.h"

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

/* --- families ----------------------------------------------------------------------------- */

static void check_family(const char *text, const char *name)
{
	struct osrelease os = OSRELEASE_INIT;

	osrelease_parse(text, &os);
	assert_string_equal(family_name(family_of(&os)), name);
	osrelease_done(&os);
}

static void test_family(void **state)
{
	(void)state;
	check_family("ID=debian\n", "debian");
	check_family("ID=ubuntu\nID_LIKE=debian\n", "debian");
	check_family("ID='linuxmint'\nID_LIKE='ubuntu debian'\n", "debian");
	check_family("ID=fedora\n", "fedora");
	check_family("ID=\"centos\"\nID_LIKE=\"rhel fedora\"\n", "fedora");
	check_family("ID='almalinux'\n", "fedora");
	check_family("ID=\"rhel\"\n", "fedora");
	check_family("ID=\"rocky\"\n", "fedora");
	check_family("ID=ol\nID_LIKE=\"fedora\"\n", "fedora");
	check_family("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", "suse");
	check_family("ID=\"opensuse-tumbleweed\"\n", "suse");
	check_family("ID=opensuse-microos\n", "suse");
	check_family("ID=sles\n", "suse");
	check_family("ID=sled\n", "suse");
	check_family("ID=sle-micro\nID_LIKE='suse'\n", "suse");
	check_family("ID=arch\n", "arch");
	check_family("ID=cachyos\n", "arch");
	check_family("ID=manjaro\nID_LIKE=arch\n", "arch");
	check_family("ID=nixos\n", "nixos");
	check_family("ID=alpine\n", "unknown");
	check_family("ID=void\nID_LIKE=\"\"\n", "unknown");
	check_family("ID=opensuse2\n", "unknown");
	check_family("ID=Debian\n", "unknown");
	check_family("", "unknown");
	/* ID counts before what it is like, and the closest likeness first. */
	check_family("ID=fedora\nID_LIKE=debian\n", "fedora");
	check_family("ID=x\nID_LIKE=\"y suse arch\"\n", "suse");
}

static void test_family_names(void **state)
{
	(void)state;
	for (enum family f = FAMILY_UNKNOWN; f < FAMILY_N; f++)
		assert_int_equal(family_find(family_name(f)), f);
	assert_int_equal(family_find("gentoo"), FAMILY_N);
	assert_int_equal(family_find(""), FAMILY_N);
}

/* --- trees -------------------------------------------------------------------------------- */

static void put(const char *path, const char *text, mode_t mode)
{
	const char *name;
	int dir = open_parent_in_root(root_fd, path, 0755, &name);

	assert_true(dir >= 0);
	assert_int_equal(write_file_atomic_at(dir, name, text, mode, WRITE_NO_SYNC), 0);
	close(dir);
}

static void program(const char *path)
{
	put(path, "x", 0755);
}

static void os(const char *id)
{
	char text[100];

	snprintf(text, sizeof(text), "ID=%s\n", id);
	put("usr/lib/os-release", text, 0644);
}

static void link_to(const char *target, const char *path)
{
	const char *name;
	int dir = open_parent_in_root(root_fd, path, 0755, &name);

	assert_true(dir >= 0);
	assert_int_equal(symlinkat(target, dir, name), 0);
	close(dir);
}

static void check_lacks(const char *lacks)
{
	struct bootable b = BOOTABLE_INIT;
	char *text;

	bootable_read(root_fd, &b);
	text = bootable_lacks(&b);
	if (lacks)
		assert_string_equal(text, lacks);
	else
		assert_null(text);
	assert_int_equal(bootable_is(&b), !lacks);
	free(text);
	bootable_done(&b);
}

static void check_tree_family(const char *name)
{
	assert_string_equal(family_name(family_read(root_fd)), name);
}

static void test_debian(void **state)
{
	(void)state;
	os("debian");
	link_to("usr/sbin", "sbin");
	link_to("usr/lib", "lib");
	check_lacks("no systemd and no D-Bus");
	check_tree_family("debian");
	program("usr/lib/systemd/systemd");
	link_to("/lib/systemd/systemd", "usr/sbin/init");
	check_lacks("no D-Bus");
	program("usr/bin/dbus-daemon");
	check_lacks(NULL);
}

static void test_debian_without_usr_merge(void **state)
{
	(void)state;
	os("debian");
	program("lib/systemd/systemd");
	program("usr/lib/dbus-1.0/dbus-daemon-launch-helper");
	check_lacks(NULL);
}

static void test_fedora(void **state)
{
	(void)state;
	os("fedora");
	program("usr/lib/systemd/systemd");
	check_lacks("no D-Bus");
	program("usr/bin/dbus-broker");
	check_lacks(NULL);
	check_tree_family("fedora");
}

static void test_suse(void **state)
{
	(void)state;
	os("opensuse-tumbleweed");
	program("usr/lib/systemd/systemd");
	program("usr/lib/dbus-1/dbus-daemon-launch-helper");
	check_lacks(NULL);
	check_tree_family("suse");
}

static void test_arch(void **state)
{
	(void)state;
	os("cachyos");
	link_to("usr/bin", "sbin");
	program("usr/lib/systemd/systemd");
	program("usr/lib/dbus-daemon-launch-helper");
	check_lacks(NULL);
	check_tree_family("arch");
}

static void test_nixos(void **state)
{
	(void)state;
	/* As they are built: nothing but links into the store, all of them absolute. */
	link_to("/etc/static/os-release", "etc/os-release");
	link_to("/nix/store/aaa-etc/etc", "etc/static");
	put("nix/store/aaa-etc/etc/os-release", "ID=nixos\n", 0644);
	check_tree_family("nixos");
	check_lacks("no systemd and no D-Bus");
	program("nix/store/bbb-nixos-system/init");
	link_to("/nix/store/bbb-nixos-system/init", "sbin/init");
	check_lacks("no systemd (its /sbin/init is /nix/store/bbb-nixos-system/init) and no D-Bus");
	program("nix/store/ccc-systemd-256/lib/systemd/systemd");
	check_lacks("no D-Bus");
	program("nix/store/ddd-dbus-broker-36/bin/dbus-broker");
	check_lacks(NULL);
	/* Its init must be there, too. */
	assert_int_equal(unlinkat(root_fd, "sbin/init", 0), 0);
	check_lacks("no systemd");
}

static void test_nixos_current_system(void **state)
{
	(void)state;
	os("nixos");
	program("sbin/init");
	link_to("/nix/store/bbb-sw", "run/current-system");
	program("nix/store/bbb-sw/sw/bin/systemd");
	program("nix/store/bbb-sw/sw/bin/dbus-daemon");
	check_lacks(NULL);
}

static void test_store_of_others(void **state)
{
	(void)state;
	/* A package manager that is there besides the distribution's own boots nothing. */
	os("debian");
	program("sbin/init");
	program("nix/store/ccc-systemd-256/lib/systemd/systemd");
	program("nix/store/ddd-dbus-1/bin/dbus-daemon");
	check_lacks("no systemd (its /sbin/init is another program) and no D-Bus");
}

static void test_other_init(void **state)
{
	(void)state;
	os("alpine");
	check_tree_family("unknown");
	program("bin/busybox");
	link_to("/bin/busybox", "sbin/init");
	program("usr/bin/dbus-daemon");
	check_lacks("no systemd (its /sbin/init is /bin/busybox)");
	/* Wherever it is, systemd is systemd. */
	assert_int_equal(unlinkat(root_fd, "sbin/init", 0), 0);
	program("opt/systemd/systemd");
	link_to("../opt/systemd/systemd", "sbin/init");
	check_lacks(NULL);
}

/* The machine that the test runs on has a shell: a link to it is a dangling one in the tree. */
static void test_links_to_the_host(void **state)
{
	(void)state;
	assert_int_equal(access("/bin/sh", X_OK), 0);
	link_to("/etc/os-release", "usr/lib/os-release");
	link_to("/bin/sh", "usr/lib/systemd/systemd");
	link_to("/bin/sh", "usr/bin/dbus-daemon");
	link_to("../../../../../../../../../../bin/sh", "usr/bin/dbus-broker");
	link_to("/proc/self/exe", "lib/systemd/systemd");
	link_to("/bin/sh", "sbin/init");
	link_to("/", "usr/lib/dbus-1");
	check_tree_family("unknown");
	check_lacks("no systemd and no D-Bus");
}

static void test_no_programs(void **state)
{
	(void)state;
	os("debian");
	assert_int_equal(close(mkdir_in_root(root_fd, "usr/lib/systemd/systemd", 0755)), 0);
	assert_int_equal(close(mkdir_in_root(root_fd, "usr/bin", 0755)), 0);
	assert_int_equal(mknodat(root_fd, "usr/bin/dbus-daemon", S_IFIFO | 0755, 0), 0);
	link_to("init", "sbin/init");
	check_lacks("no systemd and no D-Bus");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_family),
		TEST(test_family_names),
		TEST(test_debian),
		TEST(test_debian_without_usr_merge),
		TEST(test_fedora),
		TEST(test_suse),
		TEST(test_arch),
		TEST(test_nixos),
		TEST(test_nixos_current_system),
		TEST(test_store_of_others),
		TEST(test_other_init),
		TEST(test_links_to_the_host),
		TEST(test_no_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
