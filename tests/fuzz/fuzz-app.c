/* SPDX-License-Identifier: MIT */
/* What is kept of an application: app.json, and behind a NUL its file of variables. What is accepted is
 * within bounds and of the forms that app.h promises, and is the same when it is written and read again. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/signalname.h"

static char dir[] = "/tmp/sdme-fuzz-app-XXXXXX";
static int tree = -1, app_dir = -1;

static void remove_dir(void)
{
	(void)rmtree_at(AT_FDCWD, dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	PROPERTY(json_load() == 0 && mkdtemp(dir) && atexit(remove_dir) == 0);
	tree = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	app_dir = mkdir_in_root(tree, APP_DIR "/x", 0755);
	PROPERTY(app_dir >= 0);
	return 0;
}

static void put(const char *name, const void *data, size_t size)
{
	cleanup_close int fd = openat(app_dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	PROPERTY(fd >= 0 && write_all(fd, data, size) == 0);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

static bool same_list(const struct strv *a, const struct strv *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (!streq(a->v[i], b->v[i]))
			return false;
	}
	return a->n == b->n;
}

static void check(const struct app *a)
{
	PROPERTY(!a->working_dir || a->working_dir[0] == '/');
	PROPERTY(!a->stop_signal || signal_parse(a->stop_signal) > 0);
	PROPERTY(a->argv.n <= APP_STRINGS_MAX && a->env.n <= APP_STRINGS_MAX && a->health.test.n != 1);
	STRV_FOREACH(s, &a->env)
		PROPERTY(*s != '=' && strchr(s, '='));
}

static void check_again(const struct app *a)
{
	cleanup_app struct app b = APP_INIT;
	cleanup_free char *message = NULL;

	PROPERTY(app_write(app_dir, a) == 0 && app_read(tree, "x", &b, &message) == 0);
	PROPERTY(same_list(&a->argv, &b.argv) && same_list(&a->env, &b.env) &&
		 same_list(&a->health.test, &b.health.test) && same_text(a->user, b.user) &&
		 same_text(a->working_dir, b.working_dir) && same_text(a->stop_signal, b.stop_signal) &&
		 a->capabilities == b.capabilities && a->seccomp == b.seccomp);
}

static void check_env(const struct app *a)
{
	cleanup_strv struct strv env = STRV_INIT;
	cleanup_free char *message = NULL;

	if (app_read_env(tree, "x", a, &env, &message) < 0) {
		PROPERTY(message);
		return;
	}
	PROPERTY(env.n <= APP_STRINGS_MAX);
	for (size_t i = 0; i < env.n; i++) {
		PROPERTY(env.v[i][0] != '=' && strchr(env.v[i], '='));
		for (size_t j = 0; j < i && env.n < 64; j++)
			PROPERTY(strcspn(env.v[i], "=") != strcspn(env.v[j], "=") ||
				 strncmp(env.v[i], env.v[j], strcspn(env.v[i], "=") + 1) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t n = nul ? (size_t)(nul - data) : size;
	cleanup_app struct app a = APP_INIT;
	cleanup_free char *message = NULL;

	put("app.json", data, n);
	put("env", data + n + (n < size), size - n - (n < size));
	if (app_read(tree, "x", &a, &message) < 0) {
		PROPERTY(message && !a.argv.v);
		return 0;
	}
	check(&a);
	check_env(&a);
	check_again(&a);
	return 0;
}
