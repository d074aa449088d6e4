/* SPDX-License-Identifier: MIT */
/* server: the server that misbehaves (server.py), for the tests of what speaks HTTP. */
#pragma once

#include "test.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include "http/http.h"

/* No test waits for anything that a limit makes it wait for. */
static const struct http_limits quick = {
	.connect = 60 * USEC_PER_SEC,
	.stall = 60 * USEC_PER_SEC,
	.stall_bytes = 100,
	.retries = 3,
	.pause = 2 * USEC_PER_MSEC,
	.pause_max = 20 * USEC_PER_MSEC,
};

static char server_dir[256];
static pid_t server_pid;
static int server_stdin = -1;
static struct {
	char name[16];
	unsigned port;
} server_ports[8];

/* The port that a name of server.py listens on. */
__attribute__((unused)) static unsigned server_port(const char *name)
{
	for (size_t i = 0; i < 8; i++) {
		if (strcmp(server_ports[i].name, name) == 0)
			return server_ports[i].port;
	}
	fail_msg("the server has no '%s'", name);
	return 0;
}

/* Variables that would send requests elsewhere, or bring credentials of this machine. */
static void server_environment(void)
{
	static const char *const variables[] = {
		"http_proxy",      "https_proxy",   "all_proxy",       "no_proxy",
		"HTTPS_PROXY",     "ALL_PROXY",     "NO_PROXY",        "REGISTRY_AUTH_FILE",
		"XDG_RUNTIME_DIR", "DOCKER_CONFIG", "XDG_CONFIG_HOME", "SUDO_UID"
	};

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", server_dir, 1);
}

/* A group's setup and teardown. */
__attribute__((unused)) static int server_start(void **state)
{
	int in[2], out[2];
	size_t n = 0;
	char line[64], path[512], log[512];
	FILE *f;

	(void)state;
	close(test_dir(server_dir, sizeof(server_dir)));
	server_environment();
	snprintf(path, sizeof(path), "%.*s/server.py", (int)(strrchr(__FILE__, '/') - __FILE__),
		 __FILE__);
	snprintf(log, sizeof(log), "%s/log", server_dir);
	if (pipe(in) < 0 || pipe(out) < 0)
		return -1;
	server_pid = fork();
	if (server_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		execlp("python3", "python3", path, log, server_dir, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	server_stdin = in[1];
	fcntl(server_stdin, F_SETFD, FD_CLOEXEC);
	f = fdopen(out[0], "r");
	while (f && fgets(line, sizeof(line), f) && strcmp(line, "ready\n") != 0 && n < 8) {
		if (sscanf(line, "%15s %u", server_ports[n].name, &server_ports[n].port) == 2)
			n++;
	}
	if (f)
		fclose(f);
	return n > 0 ? 0 : -1;
}

__attribute__((unused)) static int server_stop(void **state)
{
	(void)state;
	close(server_stdin);
	waitpid(server_pid, NULL, 0);
	return 0;
}

/* What was asked since the last server_forget(); static. See server.py for the form of a line. */
__attribute__((unused)) static const char *server_log(void)
{
	static char text[65536];
	char path[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", server_dir);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

__attribute__((unused)) static void server_forget(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/log", server_dir);
	assert_int_equal(truncate(path, 0), 0);
}
