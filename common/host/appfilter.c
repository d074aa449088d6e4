/* SPDX-License-Identifier: MIT */
#include "host/appfilter.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/capability.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "lazy/libseccomp.h"

DEFINE_CLEANUP(scmp_filter_ctx, seccomp_release)
#define cleanup_filter cleanup_(seccomp_release_p)

/* --- what is allowed ---------------------------------------------------------------------- */

/* Names, each with its NUL: a name that this libseccomp or architecture does not have is passed over. */
static const char always[] =
	"accept\0accept4\0access\0adjtimex\0alarm\0bind\0brk\0cachestat\0capget\0capset\0chdir\0chmod\0chown\0"
	"chown32\0clock_adjtime\0clock_adjtime64\0clock_getres\0clock_getres_time64\0clock_gettime\0"
	"clock_gettime64\0clock_nanosleep\0clock_nanosleep_time64\0close\0close_range\0connect\0"
	"copy_file_range\0creat\0dup\0dup2\0dup3\0epoll_create\0epoll_create1\0epoll_ctl\0epoll_ctl_old\0"
	"epoll_pwait\0epoll_pwait2\0epoll_wait\0epoll_wait_old\0eventfd\0eventfd2\0execve\0execveat\0exit\0"
	"exit_group\0faccessat\0faccessat2\0fadvise64\0fadvise64_64\0fallocate\0fanotify_mark\0fchdir\0"
	"fchmod\0fchmodat\0fchmodat2\0fchown\0fchown32\0fchownat\0fcntl\0fcntl64\0fdatasync\0fgetxattr\0"
	"flistxattr\0flock\0fork\0fremovexattr\0fsetxattr\0fstat\0fstat64\0fstatat64\0fstatfs\0fstatfs64\0"
	"fsync\0ftruncate\0ftruncate64\0futex\0futex_requeue\0futex_time64\0futex_wait\0futex_waitv\0"
	"futex_wake\0futimesat\0getcpu\0getcwd\0getdents\0getdents64\0getegid\0getegid32\0geteuid\0"
	"geteuid32\0getgid\0getgid32\0getgroups\0getgroups32\0getitimer\0getpeername\0getpgid\0getpgrp\0"
	"getpid\0getppid\0getpriority\0getrandom\0getresgid\0getresgid32\0getresuid\0getresuid32\0"
	"getrlimit\0get_robust_list\0getrusage\0getsid\0getsockname\0getsockopt\0get_thread_area\0gettid\0"
	"gettimeofday\0getuid\0getuid32\0getxattr\0getxattrat\0inotify_add_watch\0inotify_init\0"
	"inotify_init1\0inotify_rm_watch\0io_cancel\0ioctl\0io_destroy\0io_getevents\0io_pgetevents\0"
	"io_pgetevents_time64\0ioprio_get\0ioprio_set\0io_setup\0io_submit\0ipc\0kill\0"
	"landlock_add_rule\0landlock_create_ruleset\0landlock_restrict_self\0lchown\0lchown32\0lgetxattr\0"
	"link\0linkat\0listen\0listxattr\0listxattrat\0llistxattr\0_llseek\0lremovexattr\0lseek\0"
	"lsetxattr\0lstat\0lstat64\0madvise\0map_shadow_stack\0membarrier\0memfd_create\0memfd_secret\0"
	"mincore\0mkdir\0mkdirat\0mknod\0mknodat\0mlock\0mlock2\0mlockall\0mmap\0mmap2\0mprotect\0"
	"mq_getsetattr\0mq_notify\0mq_open\0mq_timedreceive\0mq_timedreceive_time64\0mq_timedsend\0"
	"mq_timedsend_time64\0mq_unlink\0mremap\0mseal\0msgctl\0msgget\0msgrcv\0msgsnd\0msync\0munlock\0"
	"munlockall\0munmap\0name_to_handle_at\0nanosleep\0newfstatat\0_newselect\0open\0openat\0openat2\0"
	"pause\0pidfd_open\0pidfd_send_signal\0pipe\0pipe2\0pkey_alloc\0pkey_free\0pkey_mprotect\0poll\0"
	"ppoll\0ppoll_time64\0prctl\0pread64\0preadv\0preadv2\0prlimit64\0process_mrelease\0"
	"process_vm_readv\0process_vm_writev\0pselect6\0pselect6_time64\0ptrace\0pwrite64\0pwritev\0"
	"pwritev2\0read\0readahead\0readlink\0readlinkat\0readv\0recv\0recvfrom\0recvmmsg\0"
	"recvmmsg_time64\0recvmsg\0remap_file_pages\0removexattr\0removexattrat\0rename\0renameat\0"
	"renameat2\0restart_syscall\0riscv_hwprobe\0rmdir\0rseq\0rt_sigaction\0rt_sigpending\0"
	"rt_sigprocmask\0rt_sigqueueinfo\0rt_sigreturn\0rt_sigsuspend\0rt_sigtimedwait\0"
	"rt_sigtimedwait_time64\0rt_tgsigqueueinfo\0sched_getaffinity\0sched_getattr\0sched_getparam\0"
	"sched_get_priority_max\0sched_get_priority_min\0sched_getscheduler\0sched_rr_get_interval\0"
	"sched_rr_get_interval_time64\0sched_setaffinity\0sched_setattr\0sched_setparam\0"
	"sched_setscheduler\0sched_yield\0seccomp\0select\0semctl\0semget\0semop\0semtimedop\0"
	"semtimedop_time64\0send\0sendfile\0sendfile64\0sendmmsg\0sendmsg\0sendto\0setfsgid\0setfsgid32\0"
	"setfsuid\0setfsuid32\0setgid\0setgid32\0setgroups\0setgroups32\0setitimer\0setpgid\0"
	"setpriority\0setregid\0setregid32\0setresgid\0setresgid32\0setresuid\0setresuid32\0setreuid\0"
	"setreuid32\0setrlimit\0set_robust_list\0setsid\0setsockopt\0set_thread_area\0set_tid_address\0"
	"setuid\0setuid32\0setxattr\0setxattrat\0shmat\0shmctl\0shmdt\0shmget\0shutdown\0sigaltstack\0"
	"signalfd\0signalfd4\0sigprocmask\0sigreturn\0socketcall\0socketpair\0splice\0stat\0stat64\0"
	"statfs\0statfs64\0statx\0symlink\0symlinkat\0sync\0sync_file_range\0syncfs\0sysinfo\0tee\0tgkill\0"
	"time\0timer_create\0timer_delete\0timer_getoverrun\0timer_gettime\0timer_gettime64\0timer_settime\0"
	"timer_settime64\0timerfd_create\0timerfd_gettime\0timerfd_gettime64\0timerfd_settime\0"
	"timerfd_settime64\0times\0tkill\0truncate\0truncate64\0ugetrlimit\0umask\0uname\0unlink\0"
	"unlinkat\0uretprobe\0utime\0utimensat\0utimensat_time64\0utimes\0vfork\0vmsplice\0wait4\0waitid\0"
	"waitpid\0write\0writev\0"
	/* of single architectures */
	"arch_prctl\0modify_ldt\0arm_fadvise64_64\0arm_sync_file_range\0sync_file_range2\0breakpoint\0"
	"cacheflush\0set_tls\0swapcontext\0s390_pci_mmio_read\0s390_pci_mmio_write\0s390_runtime_instr\0"
	"riscv_flush_icache\0";

static const struct {
	unsigned capability;
	const char *names;
} with_capability[] = {
	{ CAP_DAC_READ_SEARCH, "open_by_handle_at\0" },
	{ CAP_SYS_ADMIN,
	  "bpf\0clone\0clone3\0fanotify_init\0fsconfig\0fsmount\0fsopen\0fspick\0lookup_dcookie\0mount\0"
	  "mount_setattr\0move_mount\0open_tree\0perf_event_open\0quotactl\0quotactl_fd\0setdomainname\0"
	  "sethostname\0setns\0syslog\0umount\0umount2\0unshare\0" },
	{ CAP_SYS_BOOT, "reboot\0" },
	{ CAP_SYS_CHROOT, "chroot\0" },
	{ CAP_SYS_MODULE, "delete_module\0init_module\0finit_module\0" },
	{ CAP_SYS_PACCT, "acct\0" },
	{ CAP_SYS_PTRACE, "kcmp\0pidfd_getfd\0process_madvise\0" },
	{ CAP_SYS_RAWIO, "iopl\0ioperm\0" },
	{ CAP_SYS_TIME, "settimeofday\0stime\0clock_settime\0clock_settime64\0" },
	{ CAP_SYS_TTY_CONFIG, "vhangup\0" },
	{ CAP_SYS_NICE, "get_mempolicy\0mbind\0set_mempolicy\0set_mempolicy_home_node\0" },
	{ CAP_SYSLOG, "syslog\0" },
	{ CAP_BPF, "bpf\0" },
	{ CAP_PERFMON, "perf_event_open\0" },
};

/* personality(2): what the system runs as already, or asks what that is, and 32-bit addresses. */
static const uint64_t personalities[] = { 0x0, 0x0008, 0x20000, 0x20008, 0xffffffff };

/* New namespaces of clone(2). */
#define CLONE_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
	 CLONE_NEWNET)

/* --- rules -------------------------------------------------------------------------------- */

static int add_rule(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned n,
		    const struct scmp_arg_cmp *args)
{
	int number = seccomp_syscall_resolve_name(name);

	return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, action, number, n, args);
}

static int allow_names(scmp_filter_ctx filter, const char *names)
{
	int r = 0;

	for (const char *name = names; r >= 0 && *name; name += strlen(name) + 1)
		r = add_rule(filter, SCMP_ACT_ALLOW, name, 0, NULL);
	return r;
}

static int add_conditional(scmp_filter_ctx filter)
{
	/* clone(2): on these architectures the flags come second. */
#if defined(__s390__) || defined(__s390x__)
	const unsigned flags = 1;
#else
	const unsigned flags = 0;
#endif
	const struct scmp_arg_cmp no_vsock = SCMP_A0_64(SCMP_CMP_NE, AF_VSOCK);
	const struct scmp_arg_cmp no_namespaces = SCMP_CMP64(flags, SCMP_CMP_MASKED_EQ, CLONE_NAMESPACES, 0);
	int r = add_rule(filter, SCMP_ACT_ALLOW, "socket", 1, &no_vsock);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(personalities); i++) {
		const struct scmp_arg_cmp is_this = SCMP_A0_64(SCMP_CMP_EQ, personalities[i]);

		r = add_rule(filter, SCMP_ACT_ALLOW, "personality", 1, &is_this);
	}
	return r < 0 ? r : add_rule(filter, SCMP_ACT_ALLOW, "clone", 1, &no_namespaces);
}

static int add_rules(scmp_filter_ctx filter, uint64_t capabilities)
{
	int r = allow_names(filter, always);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(with_capability); i++) {
		if (capabilities & CAPABILITY_BIT(with_capability[i].capability))
			r = allow_names(filter, with_capability[i].names);
	}
	if (r >= 0)
		r = add_conditional(filter);
	if (r >= 0 && !(capabilities & CAPABILITY_BIT(CAP_SYS_ADMIN)))
		r = add_rule(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
	return r;
}

/* What programs of this machine's other word sizes are run by. */
static int add_architectures(scmp_filter_ctx filter)
{
	uint32_t others[2] = { 0, 0 };
	int r = 0;

	switch (seccomp_arch_native()) {
	case SCMP_ARCH_X86_64:
		others[0] = SCMP_ARCH_X86;
		others[1] = SCMP_ARCH_X32;
		break;
	case SCMP_ARCH_AARCH64:
		others[0] = SCMP_ARCH_ARM;
		break;
	case SCMP_ARCH_S390X:
		others[0] = SCMP_ARCH_S390;
		break;
	default:
		break;
	}
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(others) && others[i]; i++)
		r = seccomp_arch_add(filter, others[i]);
	return r;
}

/* --- calls that nobody knows --------------------------------------------------------------- */

static uint32_t newest_known(void)
{
	int newest = 0;

	for (const char *name = always; *name; name += strlen(name) + 1) {
		int number = seccomp_syscall_resolve_name(name);

		newest = number > newest ? number : newest;
	}
	return (uint32_t)newest;
}

/* On this architecture, in front of libseccomp's own: those of x32 have a bit of their own. */
static int write_unknown(int fd)
{
	enum { X32_BIT = 0x40000000 };
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, newest_known(), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	return write_all(fd, code, sizeof(code));
}

/* ------------------------------------------------------------------------------------------ */

static int write_filter(uint64_t capabilities, int fd)
{
	cleanup_filter scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = filter ? add_architectures(filter) : -ENOMEM;

	if (r >= 0)
		r = add_rules(filter, capabilities);
	/* A tree instead of a list; an older libseccomp has none. */
	if (r >= 0)
		(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r >= 0)
		r = write_unknown(fd);
	return r < 0 ? r : seccomp_export_bpf(filter, fd);
}

int app_filter_write(uint64_t capabilities, int fd)
{
	int r = lazy_load(&lazy_libseccomp);

	if (r < 0)
		return r;
	r = write_filter(capabilities, fd);
	return r < 0 ? log_error_errno(r, "cannot make the filter of system calls for applications") : 0;
}
