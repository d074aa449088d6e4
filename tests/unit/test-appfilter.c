/* SPDX-License-Identifier: MIT */
/* The filter is loaded into a child, which tries what docker allows and what it does not. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "app/app.h"
#include "base/capability.h"
#include "host/appfilter.h"
#include "test.h"

static struct sock_filter *code;
static struct sock_fprog program;

static void make(uint64_t capabilities)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(app_filter_write(capabilities, fd), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_size > 0 && st.st_size % (off_t)sizeof(*code) == 0);
	code = malloc((size_t)st.st_size);
	assert_int_equal(pread(fd, code, (size_t)st.st_size, 0), st.st_size);
	close(fd);
	program = (struct sock_fprog){ (unsigned short)((size_t)st.st_size / sizeof(*code)), code };
}

/* What try() returns, an errno below 128, in a process with this filter; 127 if it cannot be loaded. */
static int under(uint64_t capabilities, int (*try)(void))
{
	int status;
	pid_t pid;

	make(capabilities);
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
			_exit(127);
		_exit(try());
	}
	free(code);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int try_ordinary(void)
{
	int fds[2];

	if (pipe(fds) < 0 || write(fds[1], "x", 1) != 1 || socket(AF_UNIX, SOCK_STREAM, 0) < 0 || getpid() < 2)
		return errno;
	return personality(0xffffffff) < 0 ? errno : 0;
}

static int try_fork(void)
{
	int status;
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid(pid, &status, 0) != pid ? errno : 0;
}

/* Without the capability each of these is EPERM anyway: what would be EINVAL, EFAULT or EBADF tells. */
static int try_mount(void) { return result(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL)); }
static int try_unshare(void) { return result(unshare(CLONE_NEWUSER)); }
static int try_bpf(void) { return result(syscall(SYS_bpf, 0x7fff, NULL, 0)); }
static int try_keyctl(void) { return result(syscall(SYS_keyctl, 0x7fff, 0, 0, 0, 0)); }
static int try_clone3(void) { return result(syscall(SYS_clone3, NULL, 0)); }
static int try_clone_namespace(void)
{
	return result(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int try_vsock(void) { return result(socket(40, SOCK_STREAM, 0)); }
static int try_personality(void) { return result(personality(ADDR_NO_RANDOMIZE)); }
static int try_handle(void) { return result(syscall(SYS_open_by_handle_at, -1, NULL, 0)); }
static int try_reboot(void) { return result(syscall(SYS_reboot, 0, 0, 0, NULL)); }
static int try_userfaultfd(void) { return result(syscall(SYS_userfaultfd, ~0)); }
static int try_io_uring(void) { return result(syscall(425, 0, NULL)); }
static int try_unknown(void) { return result(syscall(1000)); }
static int try_setns(void) { return result(syscall(SYS_setns, -1, 0)); }
static int try_ptrace(void) { return result(syscall(SYS_ptrace, 0x7fff, 0, 0, 0)); }

static void test_default(attr_unused void **state)
{
	assert_int_equal(under(app_default_capabilities, try_ordinary), 0);
	assert_int_equal(under(app_default_capabilities, try_fork), 0);
	assert_int_not_equal(under(app_default_capabilities, try_ptrace), EPERM);
	assert_int_equal(under(app_default_capabilities, try_mount), EPERM);
	assert_int_equal(under(app_default_capabilities, try_unshare), EPERM);
	assert_int_equal(under(app_default_capabilities, try_setns), EPERM);
	assert_int_equal(under(app_default_capabilities, try_bpf), EPERM);
	assert_int_equal(under(app_default_capabilities, try_keyctl), EPERM);
	assert_int_equal(under(app_default_capabilities, try_clone3), ENOSYS);
	assert_int_equal(under(app_default_capabilities, try_clone_namespace), EPERM);
	assert_int_equal(under(app_default_capabilities, try_vsock), EPERM);
	assert_int_equal(under(app_default_capabilities, try_personality), EPERM);
	assert_int_equal(under(app_default_capabilities, try_handle), EPERM);
	assert_int_equal(under(app_default_capabilities, try_reboot), EPERM);
	assert_int_equal(under(app_default_capabilities, try_userfaultfd), EPERM);
	assert_int_equal(under(app_default_capabilities, try_io_uring), EPERM);
	/* No program is told that it may not do what it would do otherwise. */
	assert_int_equal(under(app_default_capabilities, try_unknown), ENOSYS);
}

static void test_with_capabilities(attr_unused void **state)
{
	assert_int_equal(under(CAPABILITY_BIT(CAP_SYS_ADMIN), try_setns), EBADF);
	assert_int_not_equal(under(CAPABILITY_BIT(CAP_SYS_ADMIN), try_clone3), ENOSYS);
	assert_int_not_equal(under(CAPABILITY_BIT(CAP_SYS_ADMIN), try_mount), EPERM);
	assert_int_equal(under(CAPABILITY_BIT(CAP_SYS_ADMIN), try_handle), EPERM);
	assert_int_not_equal(under(CAPABILITY_BIT(CAP_DAC_READ_SEARCH), try_handle), EPERM);
	assert_int_not_equal(under(CAPABILITY_BIT(CAP_BPF), try_bpf), EPERM);
	assert_int_equal(under(CAPABILITY_BIT(CAP_BPF), try_setns), EPERM);
}

#if defined(__x86_64__)
/* No way round by the numbers of another word size. */
static int try_mount_i386(void)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(21), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0) : "memory");
	return (int)-r;
}

static int try_getpid_i386(void)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory");
	return r > 0 ? 0 : (int)-r;
}

static int try_mount_x32(void)
{
	return result(syscall(0x40000000 | 165, NULL, NULL, NULL, 0, NULL));
}

static void test_other_word_sizes(attr_unused void **state)
{
	int i386 = under(app_default_capabilities, try_getpid_i386);

	if (i386 == 0)
		assert_int_equal(under(app_default_capabilities, try_mount_i386), EPERM);
	assert_int_equal(under(app_default_capabilities, try_mount_x32), EPERM);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_with_capabilities),
#if defined(__x86_64__)
		cmocka_unit_test(test_other_word_sizes),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
