/* SPDX-License-Identifier: MIT */
#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/signals.h"
#include "base/strv.h"

char *program_find(const char *name)
{
	cleanup_strv struct strv dirs = STRV_INIT;
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return xstrdup(name);
	strv_split(&dirs, path && *path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ':');
	STRV_FOREACH(dir, &dirs) {
		cleanup_free char *file = xasprintf("%s/%s", dir, name);
		struct stat st;

		/* Only absolute parts: root must not run what lies in the current directory. */
		if (dir[0] == '/' && stat(file, &st) == 0 && S_ISREG(st.st_mode) && access(file, X_OK) == 0)
			return TAKE_PTR(file);
	}
	return NULL;
}

int program_exec(char *const *argv)
{
	cleanup_free char *path = program_find(argv[0]);

	if (!path)
		return -ENOENT;
	signals_reset();
	execv(path, argv);
	return -errno;
}

static void child(char *const *argv, int output_fd)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (null_fd >= 0 && dup2(null_fd, STDIN_FILENO) >= 0 && dup2(output_fd, STDOUT_FILENO) >= 0 &&
	    dup2(output_fd, STDERR_FILENO) >= 0)
		(void)program_exec(argv);
	_exit(127);
}

static void read_output(int fd, struct strbuf *output)
{
	while (strbuf_read(output, fd, PROGRAM_OUTPUT_MAX) == -EINTR)
		;
}

int program_run(char *const *argv, struct strbuf *output)
{
	int status, ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		child(argv, ends[1]);
	close(ends[1]);
	if (pid > 0)
		read_output(ends[0], output);
	close(ends[0]);
	if (pid < 0)
		return -EAGAIN;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
