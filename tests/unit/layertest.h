/* SPDX-License-Identifier: MIT */
/* layertest: layers made entry by entry and applied, for tests of it. */
#pragma once

#include "treetest.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "layer/layer.h"
#include "layer/whiteout.h"

static struct layer_spec spec;

static int setup_layer(void **state)
{
	spec = (struct layer_spec)LAYER_SPEC_INIT;
	return setup(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_layer, teardown)

/* A shell runs it; where its output goes. */
static pid_t start_command(const char *command, int out_fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(out_fd, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static int run_command(const char *command)
{
	pid_t pid = start_command(command, STDERR_FILENO);
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int apply_fd(int fd)
{
	struct capture c = capture_start(stderr);
	int r = layer_apply(fd, &spec, root, "the layer");

	said = capture_end(&c);
	close(fd);
	strbuf_clear(&tar);
	return r;
}

/* Apply the bytes of tar, as they are. */
static int apply_bytes(void)
{
	return apply_fd(tar_file());
}

static void apply(void)
{
	tar_end(&tar);
	assert_silent(apply_bytes());
}

static void refused(const char *text)
{
	tar_end(&tar);
	assert_refused(apply_bytes(), text);
}

/* What the tests of whiteouts begin with. */
static void lower(void)
{
	add_dir("d");
	add_file("d/one", "lower");
	add_file("d/two", "lower");
	add_dir("d/sub");
	add_file("d/sub/deep", "lower");
	add_dir("d/other/deeper");
	add_file("d/other/deeper/f", "lower");
	add_file("f", "lower");
	add_link("dangling", "/no/where");
	add_link("absolute", outside_path);
	add_link("to-dir", "d");
	apply();
}
