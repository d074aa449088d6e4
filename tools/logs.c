/* SPDX-License-Identifier: MIT */
/* logs: show the journal of a container's unit, or of an application in it, with journalctl. */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "app/unit.h"
#include "applet.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/program.h"
#include "container/apps.h"
#include "container/exec.h"
#include "container/kept.h"
#include "container/status.h"
#include "container/store.h"
#include "container/unitfile.h"
#include "host/bus.h"

static bool arg_follow, arg_oci;
static const char *arg_lines;

/* For those who write them in front of the name. What stands behind it is journalctl's. */
static const struct opt opts[] = {
	OPT_FLAG(0, "oci", &arg_oci, "Show what the application of the container's image logged"),
	OPT_FLAG('f', "follow", &arg_follow, "Show what comes, too, until interrupted"),
	OPT_STR('n', "lines", "N", &arg_lines, "Show the last N lines"),
	OPT_END,
};

/* dir_fd: where the journal is; -1: where journalctl looks by itself. */
static void add_words(struct strv *argv, int dir_fd, const char *unit, char *const *words)
{
	strv_add(argv, "journalctl");
	if (dir_fd >= 0)
		strv_addf(argv, "--directory=%s", fd_path(dir_fd).path);
	strv_add(argv, "-u");
	strv_add(argv, unit);
	if (arg_follow)
		strv_add(argv, "--follow");
	if (arg_lines)
		strv_addf(argv, "--lines=%s", arg_lines);
	for (; *words; words++)
		strv_add(argv, *words);
}

static int become(const struct strv *argv)
{
	int r = program_exec(argv->v);

	if (r == -ENOENT)
		return log_error_code(r, "journalctl not found; install it with: apt install systemd");
	return log_error_errno(r, "cannot run journalctl");
}

/* Of a container that is stopped. Whoever reads it has the descriptor, for a link in the layer could lead
 * its path elsewhere. */
static int show_kept(const struct store *s, const char *name, const char *unit, char *const *words)
{
	cleanup_strv struct strv argv = STRV_INIT;
	cleanup_close int fd = kept_journal_open(s, name);

	if (fd == -ENOENT)
		return log_error_code(fd, "container '%s' is not running, and has kept no journal "
				      "(sdme start %s boots it)", name, name);
	if (fd < 0 || fcntl(fd, F_SETFD, 0) < 0)
		return log_error_errno(fd < 0 ? fd : -errno, "cannot open the journal of container '%s'", name);
	add_words(&argv, fd, unit, words);
	return become(&argv);
}

static int show_running(const struct store *s, const char *name, const char *unit, char *const *words)
{
	struct exec_request request = { .tty = isatty(0) && isatty(1) };
	cleanup_strv struct strv argv = STRV_INIT;

	add_words(&argv, -1, unit, words);
	request.argv = argv.v;
	return container_exec(s, name, &request);
}

/* Its journal is the container's own. */
static int show_app(const struct store *s, const struct args *args)
{
	cleanup_app_operands struct app_operands operands = { NULL };
	enum unit_state state = UNIT_INACTIVE;
	cleanup_bus sd_bus *bus = NULL;
	cleanup_free char *unit = NULL;
	int r = apps_read_operands(s, args, APP_WORD_NAME, &operands);

	if (r >= 0)
		r = bus_open_system(&bus);
	if (r >= 0)
		r = status_get(s, bus, operands.container, &state);
	if (r < 0)
		return EXEC_FAILED;
	unit = app_unit_name(operands.app);
	if (state != UNIT_INACTIVE && state != UNIT_FAILED)
		return show_running(s, operands.container, unit, operands.rest);
	return show_kept(s, operands.container, unit, operands.rest) < 0 ? EXEC_FAILED : 0;
}

static int show(const struct store *s, const struct args *args)
{
	cleanup_strv struct strv argv = STRV_INIT;
	cleanup_free char *name = NULL, *unit = NULL;
	int r = store_resolve(s, args->argv[0], &name);

	if (r < 0)
		return r;
	unit = container_unit(name);
	add_words(&argv, -1, unit, args->argv + 1);
	return become(&argv);
}

/* Behind NAME, what is ours has to be first: the rest is journalctl's. */
static int run(const struct args *args)
{
	cleanup_store struct store store = STORE_INIT;
	cleanup_strv struct strv words = STRV_INIT;
	bool is_behind = args->argc > 1 && args->dashes < 0 && streq(args->argv[1], "--oci");
	struct args others = *args;
	int r = store_open(STORE_READ, global_args.config, &store);

	if (r < 0)
		return r;
	if (!is_behind)
		return arg_oci ? show_app(&store, args) : show(&store, args);
	strv_add(&words, args->argv[0]);
	for (int i = 2; i < args->argc; i++)
		strv_add(&words, args->argv[i]);
	others.argv = words.v;
	others.argc--;
	return show_app(&store, &others);
}

const struct applet applet_logs = {
	.name = "sdme-logs",
	.summary = "Show what a container's boot console and unit logged",
	.synopsis = "NAME [JOURNALCTL-ARG...]",
	.examples = "  sudo sdme logs web\n"
		    "  sudo sdme logs web -f -n 50\n"
		    "  sudo sdme logs web --since today -o json\n"
		    "  sudo sdme logs --oci web -f\n"
		    "  sudo sdme logs shop --oci redis\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER, WORDS_NONE },
	.min_operands = 1,
	.max_operands = -1,
	.options_until = 1,
	.flags = APPLET_ROOT,
	.run = run,
};
