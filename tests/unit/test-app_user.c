/* SPDX-License-Identifier: MIT */
/* Users of images: docker's rules one by one, and files that are no files. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "app/user.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/macro.h"
#include "base/strbuf.h"

static int root = -1;

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "broken:x:nought:0::/:/bin/sh\n"
			     "shadow:x:42\n"
			     "web:x:33:33:web:/var/www:/bin/false\n"
			     "web:x:34:34:a second one:/nowhere:/bin/false\n"
			     "1000:x:7:7:a number for a name:/seven:\n"
			     "app:x:1000:100:app:relative:/bin/sh\n"
			     "bare:x:50:51";
static const char group[] = "root:x:0:\n"
			    "adm:x:4:root,web\n"
			    "www:x:33:web\n"
			    "bad:x:many:web\n"
			    "cache:x:60:webmaster,web\n"
			    "users:x:100:app,root\n"
			    "last:x:70:app";

static void put(const char *name, const char *text)
{
	cleanup_close int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

static int setup(void **state)
{
	(void)state;
	root = test_dir(NULL, 0);
	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	return 0;
}

/* UID GID HOME GROUP... or what was said. */
static const char *found(const char *spec)
{
	static char text[1024];
	cleanup_app_user struct app_user user = APP_USER_INIT;
	cleanup_free char *message = NULL;
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	if (app_user_find(root, spec, &user, &message) < 0) {
		assert_non_null(message);
		snprintf(text, sizeof(text), "%s", message);
		return text;
	}
	assert_null(message);
	strbuf_addf(&s, "%u %u %s", user.uid, user.gid, user.home);
	for (size_t i = 0; i < user.n_groups; i++)
		strbuf_addf(&s, " %u", user.groups[i]);
	snprintf(text, sizeof(text), "%s", s.buf);
	return text;
}

static void test_rules(void **state)
{
	static const char *const rules[][2] = {
		{ NULL, "0 0 /root 0 4 100" },
		{ "", "0 0 /root 0 4 100" },
		{ "root", "0 0 /root 0 4 100" },
		{ "0", "0 0 /root 0 4 100" },
		{ "web", "33 33 /var/www 33 4 60" },
		{ "33", "33 33 /var/www 33 4 60" },
		{ "web:4", "33 4 /var/www 4" },
		{ "web:cache", "33 60 /var/www 60" },
		{ "web:", "33 33 /var/www 33 4 60" },
		{ "0:1000", "0 1000 /root 1000" },
		{ "0:0", "0 0 /root 0" },
		{ "5000", "5000 0 / 0" },
		{ "5000:6000", "5000 6000 / 6000" },
		{ "5000:users", "5000 100 / 100" },
		{ ":users", "0 100 /root 100" },
		{ ":", "0 0 /root 0 4 100" },
		/* A number is a number, whatever names there are. */
		{ "1000", "1000 100 / 100 70" },
		{ "bare", "50 51 / 51" },
		{ "web:4:cache", "33 4 /var/www 4" },
		{ "4294967294", "4294967294 0 / 0" },
		{ "4294967295", "the image has no user '4294967295' in its /etc/passwd" },
		{ "0x0", "the image has no user '0x0' in its /etc/passwd" },
		{ "-1", "the image has no user '-1' in its /etc/passwd" },
		{ "nobody", "the image has no user 'nobody' in its /etc/passwd" },
		{ "broken", "the image has no user 'broken' in its /etc/passwd" },
		{ "shadow", "the image has no user 'shadow' in its /etc/passwd" },
		{ "web:none", "the image has no group 'none' in its /etc/group" },
		{ "web:bad", "the image has no group 'bad' in its /etc/group" },
		{ "web\nroot", "the image has no user 'web\nroot' in its /etc/passwd" },
	};

	(void)state;
	put("etc/passwd", passwd);
	put("etc/group", group);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		assert_string_equal(found(rules[i][0]), rules[i][1]);
}

static void test_no_files(void **state)
{
	(void)state;
	assert_string_equal(found(NULL), "0 0 / 0");
	assert_string_equal(found("7"), "7 0 / 0");
	assert_string_equal(found("7:8"), "7 8 / 8");
	assert_string_equal(found("app"), "the image has no user 'app' in its /etc/passwd");
	put("etc/passwd", passwd);
	assert_string_equal(found("app"), "1000 100 / 100");
	assert_string_equal(found("app:users"), "the image has no group 'users' in its /etc/group");
}

static void test_no_regular_files(void **state)
{
	(void)state;
	assert_int_equal(mkfifoat(root, "etc/passwd", 0644), 0);
	assert_string_equal(found("app"), "cannot read /etc/passwd of the image: Operation not supported");
	assert_int_equal(unlinkat(root, "etc/passwd", 0), 0);
	assert_int_equal(mkdirat(root, "etc/passwd", 0755), 0);
	assert_string_equal(found("app"), "cannot read /etc/passwd of the image: Is a directory");
	assert_int_equal(unlinkat(root, "etc/passwd", AT_REMOVEDIR), 0);
	put("etc/passwd", "");
	{
		cleanup_close int fd = openat(root, "etc/passwd", O_WRONLY | O_CLOEXEC);

		assert_int_equal(ftruncate(fd, 1 << 30), 0);
	}
	assert_string_equal(found("app"), "cannot read /etc/passwd of the image: File too large");
}

/* The machine's own has a root with a home of its own. */
static void test_links(void **state)
{
	(void)state;
	put("etc/real", "root:x:0:0::/of-the-image:/bin/sh\n");
	assert_int_equal(symlinkat("/etc/real", root, "etc/passwd"), 0);
	assert_string_equal(found("root"), "0 0 /of-the-image 0");
	assert_int_equal(unlinkat(root, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("../../../../../../../../etc/passwd", root, "etc/passwd"), 0);
	assert_string_equal(found("0"), "cannot read /etc/passwd of the image: Too many levels of symbolic links");
	assert_int_equal(unlinkat(root, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("/proc/self/root/etc/passwd", root, "etc/passwd"), 0);
	assert_string_equal(found("0"), "0 0 / 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rules, setup),
		cmocka_unit_test_setup(test_no_files, setup),
		cmocka_unit_test_setup(test_no_regular_files, setup),
		cmocka_unit_test_setup(test_links, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
