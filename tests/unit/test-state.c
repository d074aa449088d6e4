/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "container/state.h"

static const char full[] = "ADD_CAPS=CAP_NET_ADMIN\n"
			   "APPARMOR_PROFILE=sdme-default\n"
			   "BINDS=/a:/b:ro|/c\\|d:/e:rw\n"
			   "CPUS=0.5\n"
			   "CPU_WEIGHT=50\n"
			   "CREATED=1700000000\n"
			   "DROP_CAPS=CAP_NET_RAW,CAP_SYS_BOOT\n"
			   "ENABLED=yes\n"
			   "ENVS=A=1|B=x\\ny|C=\\s\n"
			   "EPHEMERAL=yes\n"
			   "FUTURE_KEY=kept as it is\n"
			   "MASKED_SERVICES=systemd-resolved.service\n"
			   "MEMORY=512M\n"
			   "NAME=web\n"
			   "NETWORK_BRIDGE=br0\n"
			   "NETWORK_VETH=1\n"
			   "NETWORK_ZONE=lan\n"
			   "NO_NEW_PRIVS=yes\n"
			   "OPAQUE_DIRS=/var/log\n"
			   "PORTS=tcp:8080:80,udp:53:53\n"
			   "PRIVATE_NETWORK=1\n"
			   "READ_ONLY=yes\n"
			   "RESTART_POLICY=on-failure\n"
			   "RESTART_SEC=2\n"
			   "ROOTFS=debian\n"
			   "SYSCALL_FILTER=~@debug,mount\n"
			   "SYSTEMD_LOG_LEVEL=info\n"
			   "USERNS=yes\n"
			   "USERNS_SHIFT=524288\n";

static void test_full(void **state)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *message = NULL, *text = NULL;

	(void)state;
	assert_int_equal(container_parse(full, &c, &message), 0);
	assert_string_equal(c.name, "web");
	assert_string_equal(c.memory, "512M");
	assert_int_equal(c.binds.n, 2);
	assert_string_equal(c.binds.v[1], "/c|d:/e:rw");
	assert_string_equal(c.envs.v[1], "B=x\ny");
	assert_string_equal(c.envs.v[2], "C= ");
	assert_true(c.enabled && c.userns && c.network_veth && c.ephemeral && c.read_only);
	assert_false(container_is_host_clone(&c));
	assert_true(container_has_interface(&c));
	text = container_format(&c);
	assert_string_equal(text, full);
}

static void test_smallest(void **state)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *message = NULL, *text = NULL;

	(void)state;
	assert_int_equal(container_parse("NAME=a\n", &c, &message), 0);
	assert_true(container_is_host_clone(&c));
	assert_false(container_has_private_network(&c));
	text = container_format(&c);
	assert_string_equal(text, "NAME=a\nROOTFS=\n");
}

static void test_change(void **state)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *message = NULL, *text = NULL;

	(void)state;
	assert_int_equal(container_parse("ENABLED=yes\nMEMORY=1G\nNAME=a\nPORTS=tcp:1:1\nX=y\n", &c, &message), 0);
	c.enabled = false;
	replace_str(&c.memory, "");
	replace_str(&c.cpus, "2");
	strv_done(&c.ports);
	strv_add(&c.envs, "A=trailing \t");
	text = container_format(&c);
	assert_string_equal(text, "CPUS=2\nENVS=A=trailing \\t\nNAME=a\nROOTFS=\nX=y\n");
}

/* A person may spell a boolean in any way that a check accepts. */
static void test_booleans(void **state)
{
	static const char *const yes[] = { "yes", "1", "true", "on" };
	static const char *const no[] = { "no", "0", "false", "off" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		cleanup_free char *on = xasprintf("NAME=a\nUSERNS=%s\nPRIVATE_NETWORK=%s\n", yes[i], yes[i]);
		cleanup_free char *off = xasprintf("NAME=a\nUSERNS=%s\nPRIVATE_NETWORK=%s\n", no[i], no[i]);
		cleanup_container struct container c = CONTAINER_INIT, d = CONTAINER_INIT;
		cleanup_free char *message = NULL;

		assert_int_equal(container_parse(on, &c, &message), 0);
		assert_true(c.userns && c.private_network);
		assert_int_equal(container_parse(off, &d, &message), 0);
		assert_false(d.userns || d.private_network);
	}
}

static void test_damaged(void **state)
{
	static const char *const bad[][2] = {
		{ "", "no NAME" },
		{ "ROOTFS=x\n", "no NAME" },
		{ "NAME=a\nnonsense\n", "line 2" },
		{ "NAME=a\nNAME=b\n", "line 2" },
		{ "NAME=A\n", "NAME=A" },
		{ "NAME=../x\n", "NAME=../x" },
		{ "NAME=a\nROOTFS=../../etc\n", "ROOTFS=" },
		{ "NAME=a\nMEMORY=lots\n", "MEMORY=lots" },
		{ "NAME=a\nCPUS=0\n", "CPUS=0" },
		{ "NAME=a\nCPU_WEIGHT=20000\n", "CPU_WEIGHT" },
		{ "NAME=a\nBINDS=/a:/b:ro|x\n", "BINDS" },
		{ "NAME=a\nBINDS=/a:/../b:ro\n", "BINDS" },
		{ "NAME=a\nPORTS=tcp:80:80,80\n", "PORTS" },
		{ "NAME=a\nENVS=1=2\n", "ENVS" },
		{ "NAME=a\nUSERNS=perhaps\n", "USERNS" },
		{ "NAME=a\nUSERNS_SHIFT=-1\n", "USERNS_SHIFT" },
		{ "NAME=a\nDROP_CAPS=CAP_FLY\n", "DROP_CAPS" },
		{ "NAME=a\nRESTART_POLICY=always\n", "RESTART_POLICY" },
		{ "NAME=a\nMASKED_SERVICES=../x.service\n", "MASKED_SERVICES" },
		{ "NAME=a\nOPAQUE_DIRS=/a,,/b\n", "OPAQUE_DIRS" },
		{ "NAME=a\nNETWORK_ZONE=a/b\n", "NETWORK_ZONE" },
		{ "NAME=a\nNETWORK_BRIDGE=0123456789abcdef\n", "NETWORK_BRIDGE" },
		{ "NAME=a\nSYSCALL_FILTER=a b\n", "SYSCALL_FILTER" },
		{ "NAME=a\nSYSTEMD_LOG_LEVEL=loud\n", "SYSTEMD_LOG_LEVEL" },
		{ "NAME=a\nAPPARMOR_PROFILE=a b\n", "APPARMOR_PROFILE" },
		{ "NAME=a\nCREATED=yesterday\n", "CREATED" },
		{ "\x7f" "ELF\x02\x01\n", "line 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct container c = CONTAINER_INIT;
		cleanup_free char *message = NULL;

		assert_int_equal(container_parse(bad[i][0], &c, &message), -EINVAL);
		if (!strstr(message, bad[i][1]))
			fail_msg("'%s' is told as '%s'", bad[i][1], message);
		assert_null(c.name);
	}
}

/* --- files -------------------------------------------------------------------------------- */

static char dir_path[256];
static struct store s = STORE_INIT;

static int setup(void **state)
{
	(void)state;
	s = (struct store)STORE_INIT;
	config_init(&s.config);
	s.fd = test_dir(dir_path, sizeof(dir_path));
	assert_int_equal(mkdirat(s.fd, "state", 0700), 0);
	s.state_fd = openat(s.fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_close(&s);
	return rmtree_at(AT_FDCWD, dir_path);
}

static void test_save_and_read(void **state)
{
	cleanup_container struct container c = CONTAINER_INIT, again = CONTAINER_INIT;
	cleanup_free char *message = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(container_parse(full, &c, &message), 0);
	assert_int_equal(container_save(&s, &c, WRITE_EXCL), 0);
	assert_int_equal(container_save(&s, &c, WRITE_EXCL), -EEXIST);
	assert_int_equal(container_save(&s, &c, 0), 0);
	assert_int_equal(fstatat(s.state_fd, "web", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(container_load(&s, "web", &again), 0);
	assert_string_equal(again.memory, "512M");
}

static void test_read_fails(void **state)
{
	struct container c = CONTAINER_INIT;
	char *message = NULL;
	struct capture err;

	(void)state;
	assert_int_equal(container_read(&s, "gone", &c, &message), -ENOENT);
	free(message);
	assert_int_equal(write_file_atomic_at(s.state_fd, "a", "NAME=b\n", 0600, 0), 0);
	assert_int_equal(container_read(&s, "a", &c, &message), -EINVAL);
	assert_non_null(strstr(message, "NAME=b"));
	free(message);
	assert_int_equal(mkdirat(s.state_fd, "d", 0700), 0);
	assert_int_equal(container_read(&s, "d", &c, &message), -EISDIR);
	free(message);
	err = capture_start(stderr);
	assert_int_equal(container_load(&s, "gone", &c), -ENOENT);
	assert_int_equal(container_load(&s, "a", &c), -EINVAL);
	message = xstrdup(capture_end(&err));
	assert_non_null(strstr(message, "there is no container 'gone'"));
	assert_non_null(strstr(message, "state/a"));
	free(message);
}

static void test_read_bytes(void **state)
{
	static char big[KVFILE_MAX + 2];
	struct container c = CONTAINER_INIT;
	char *message = NULL;
	int fd = openat(s.state_fd, "a", O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_int_equal(write_all(fd, "NAME=a\n\0", 8), 0);
	close(fd);
	assert_int_equal(container_read(&s, "a", &c, &message), -EINVAL);
	assert_non_null(strstr(message, "NUL"));
	free(message);
	memset(big, '\n', sizeof(big) - 1);
	assert_int_equal(write_file_atomic_at(s.state_fd, "a", big, 0600, 0), 0);
	assert_int_equal(container_read(&s, "a", &c, &message), -EFBIG);
	free(message);
}

static void test_resolve(void **state)
{
	static const char *const names[] = { "web", "web-1", "web-2", "db", ".hidden", "UPPER" };
	static const struct {
		const char *input, *name, *message; /* one of the two */
	} cases[] = {
		{ "web", "web", NULL },
		{ "web-2", "web-2", NULL },
		{ "d", "db", NULL },
		{ "web-", NULL, "ambiguous name 'web-', could match: web-1, web-2" },
		{ "w", NULL, "ambiguous name 'w', could match: web, web-1, web-2" },
		{ "x", NULL, "no container found matching 'x'" },
		{ "", NULL, "cannot be empty" },
		{ ".hid", NULL, "no container found" },
		{ "U", NULL, "no container found" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(write_file_atomic_at(s.state_fd, names[i], "", 0600, WRITE_NO_SYNC), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *name = NULL;
		struct capture err = capture_start(stderr);
		int r = store_resolve(&s, cases[i].input, &name);
		const char *said = capture_end(&err);

		assert_int_equal(r >= 0, cases[i].name != NULL);
		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
		else
			assert_non_null(strstr(said, cases[i].message));
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),	 cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_change),	 cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_damaged),	 TEST(test_save_and_read),
		TEST(test_read_fails),		 TEST(test_read_bytes),
		TEST(test_resolve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
