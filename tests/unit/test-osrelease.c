/* SPDX-License-Identifier: MIT */
/* os-release(5), as distributions write it and as nobody should. */
#include "test.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "container/osrelease.h"

static void check(const char *text, const char *id, const char *like, const char *pretty_name)
{
	struct osrelease o = OSRELEASE_INIT;
	char *joined;

	osrelease_parse(text, &o);
	joined = strv_join(&o.like, "|");
	assert_string_equal(o.id, id);
	assert_string_equal(joined, like);
	assert_string_equal(o.pretty_name, pretty_name);
	free(joined);
	osrelease_done(&o);
}

static void test_parse(void **state)
{
	(void)state;
	check("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nID=debian\n", "debian",
	      "", "Debian GNU/Linux 12 (bookworm)");
	check("ID=\"almalinux\"\nID_LIKE=\"rhel centos  fedora\"\nPRETTY_NAME=\"AlmaLinux 9.4\"\n", "almalinux",
	      "rhel|centos|fedora", "AlmaLinux 9.4");
	check("ID='arch'\nNAME='Arch Linux'\n", "arch", "", "Arch Linux");
	check("ID=void", "void", "", "void");
	check("", "linux", "", "Linux");
	check("# ID=comment\n#PRETTY_NAME=x\n\n  ID=indented  \n", "indented", "", "indented");
	check("ID=\nPRETTY_NAME=\"\"\n", "linux", "", "Linux");
	check("ID=a\nID=b\n", "b", "", "b");
	check("XID=x\nID_X=y\nVERSION_ID=z\n", "linux", "", "Linux");
}

static void test_quotes(void **state)
{
	(void)state;
	check("PRETTY_NAME=\"a \\\"b\\\" \\$c \\`d\\` \\\\ \\e\"\n", "linux", "", "a \"b\" $c `d` \\ \\e");
	check("PRETTY_NAME='a \\\"b\\\" $c'\n", "linux", "", "a \\\"b\\\" $c");
	check("PRETTY_NAME=a\\ b'c d'\"e f\" ignored\n", "linux", "", "a bc de f");
	check("PRETTY_NAME=\"no end\nID=next\n", "next", "", "no end");
	check("PRETTY_NAME=backslash\\\nID=next\n", "next", "", "backslash\\");
	check("PRETTY_NAME=\"x\\", "linux", "", "x\\");
	check("PRETTY_NAME=dos\r\nID=dos\r\n", "dos", "", "dos");
}

static void make_file(int dir_fd, const char *path, const char *text)
{
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void test_read(void **state)
{
	char path[300], *big = xmalloc(70000);
	int dir = test_dir(path, sizeof(path));
	struct osrelease o = OSRELEASE_INIT;
	int watch;

	(void)state;
	assert_int_equal(osrelease_read(dir, &o), -ENOENT);
	assert_int_equal(mkdirat(dir, "etc", 0755), 0);
	assert_int_equal(mkdirat(dir, "usr", 0755), 0);
	assert_int_equal(mkdirat(dir, "usr/lib", 0755), 0);
	make_file(dir, "usr/lib/os-release", "ID=usr\n");
	assert_int_equal(osrelease_read(dir, &o), 0);
	assert_string_equal(o.id, "usr");
	osrelease_done(&o);
	/* As distributions have it, and as an absolute one, which means the tree. */
	assert_int_equal(symlinkat("../usr/lib/os-release", dir, "etc/os-release"), 0);
	assert_int_equal(osrelease_read(dir, &o), 0);
	assert_string_equal(o.id, "usr");
	osrelease_done(&o);
	assert_int_equal(unlinkat(dir, "etc/os-release", 0), 0);
	assert_int_equal(symlinkat("/usr/lib/os-release", dir, "etc/os-release"), 0);
	assert_int_equal(osrelease_read(dir, &o), 0);
	assert_string_equal(o.id, "usr");
	osrelease_done(&o);
	assert_int_equal(unlinkat(dir, "etc/os-release", 0), 0);
	make_file(dir, "etc/os-release", "ID=etc\n");
	assert_int_equal(osrelease_read(dir, &o), 0);
	assert_string_equal(o.id, "etc");
	osrelease_done(&o);
	/* What is too large, no file, or binary does not count. */
	assert_int_equal(unlinkat(dir, "usr/lib/os-release", 0), 0);
	memset(big, 'x', 69999);
	big[69999] = '\0';
	make_file(dir, "etc/os-release", big);
	assert_true(osrelease_read(dir, &o) < 0);
	assert_int_equal(unlinkat(dir, "etc/os-release", 0), 0);
	/* A device would notice that it is opened; so would a FIFO. */
	assert_int_equal(mkfifoat(dir, "etc/os-release", 0644), 0);
	snprintf(big, 70000, "%s/etc/os-release", path);
	watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	assert_true(inotify_add_watch(watch, big, IN_OPEN) >= 0);
	assert_true(osrelease_read(dir, &o) < 0);
	assert_int_equal(read(watch, big, 70000), -1);
	close(watch);
	free(big);
	close(dir);
	assert_int_equal(rmtree_at(AT_FDCWD, path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
