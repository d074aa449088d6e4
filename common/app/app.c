/* SPDX-License-Identifier: MIT */
#include "app/app.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/jsonread.h"
#include "base/signalname.h"
#include "base/strbuf.h"

const uint64_t app_default_capabilities =
	CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_DAC_OVERRIDE) | CAPABILITY_BIT(CAP_FSETID) |
	CAPABILITY_BIT(CAP_FOWNER) | CAPABILITY_BIT(CAP_MKNOD) | CAPABILITY_BIT(CAP_NET_RAW) |
	CAPABILITY_BIT(CAP_SETGID) | CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETFCAP) |
	CAPABILITY_BIT(CAP_SETPCAP) | CAPABILITY_BIT(CAP_NET_BIND_SERVICE) | CAPABILITY_BIT(CAP_SYS_CHROOT) |
	CAPABILITY_BIT(CAP_KILL) | CAPABILITY_BIT(CAP_AUDIT_WRITE);

#define NAME_LEN_MAX 64

bool app_name_is_valid(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= NAME_LEN_MAX && name[n] == '\0' && name[0] >= 'a' && name[0] <= 'z';
}

int app_list(int tree_fd, struct strv *names)
{
	cleanup_close int fd = open_in_root(tree_fd, APP_DIR, O_RDONLY | O_DIRECTORY, 0);
	cleanup_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd < 0 ? fd : -errno;
	TAKE_FD(fd);
	while ((errno = 0, entry = readdir(dir))) {
		if (app_name_is_valid(entry->d_name))
			strv_add(names, entry->d_name);
	}
	if (errno)
		return -errno;
	strv_sort(names);
	return 0;
}

/* --- reading ------------------------------------------------------------------------------ */

static int read_text(int tree_fd, const char *name, const char *file, char **ret)
{
	cleanup_free char *path = xasprintf(APP_DIR "/%s/%s", name, file);

	return read_file_in_root(tree_fd, path, APP_FILE_MAX, ret);
}

static int get_flag(const json_t *object, const char *name, bool *ret, char **ret_message)
{
	json_t *value;
	int r = json_get(object, name, JSON_TRUE, &value, ret_message);

	if (r == 0 && value)
		*ret = json_is_true(value);
	return r;
}

static int get_text(const json_t *object, const char *name, char **ret, char **ret_message)
{
	const char *value;
	int r = json_get_string(object, name, &value, ret_message);

	if (r == 0 && value && strlen(value) > APP_STRING_MAX)
		r = message_set(ret_message, -E2BIG, "'%s' is too long", name);
	if (r == 0 && value && *value)
		*ret = xstrdup(value);
	return r;
}

static int get_words(const json_t *object, const char *name, struct strv *list, char **ret_message)
{
	return json_get_strv(object, name, APP_STRINGS_MAX, APP_STRING_MAX, list, ret_message);
}

static int get_capabilities(const json_t *object, uint64_t *ret, char **ret_message)
{
	cleanup_strv struct strv names = STRV_INIT;
	json_t *value;
	int r = json_get(object, "capabilities", JSON_ARRAY, &value, ret_message);

	*ret = app_default_capabilities;
	if (r < 0 || !value)
		return r;
	r = get_words(object, "capabilities", &names, ret_message);
	*ret = 0;
	STRV_FOREACH(name, &names) {
		int number = capability_parse(name);

		if (number < 0)
			return message_set(ret_message, -EINVAL, "'%.100s' is no capability", name);
		*ret |= CAPABILITY_BIT(number);
	}
	return r;
}

static int get_health(const json_t *object, struct app_health *h, char **ret_message)
{
	json_t *check;
	int r = json_get(object, "healthcheck", JSON_OBJECT, &check, ret_message);

	if (r < 0 || !check)
		return r;
	r = get_words(check, "test", &h->test, ret_message);
	if (r == 0)
		r = json_get_integer(check, "interval_ns", &h->interval_ns, ret_message);
	if (r == 0)
		r = json_get_integer(check, "timeout_ns", &h->timeout_ns, ret_message);
	if (r == 0)
		r = json_get_integer(check, "start_period_ns", &h->start_period_ns, ret_message);
	if (r == 0)
		r = json_get_integer(check, "start_interval_ns", &h->start_interval_ns, ret_message);
	if (r == 0)
		r = json_get_integer(check, "retries", &h->retries, ret_message);
	if (r == 0 && h->test.n > 0 && !streq(h->test.v[0], "CMD") && !streq(h->test.v[0], "CMD-SHELL"))
		r = message_set(ret_message, -EINVAL, "the test begins with neither CMD nor CMD-SHELL");
	if (r == 0 && h->test.n == 1)
		r = message_set(ret_message, -EINVAL, "the test has no command");
	return r < 0 ? message_prefix(ret_message, r, "healthcheck: ") : 0;
}

static int check_values(const struct app *app, char **ret_message)
{
	if (app->working_dir && app->working_dir[0] != '/')
		return message_set(ret_message, -EINVAL, "'working_dir' is not absolute");
	if (app->stop_signal && signal_parse(app->stop_signal) < 0)
		return message_set(ret_message, -EINVAL, "'stop_signal' is no signal");
	STRV_FOREACH(s, &app->env) {
		if (*s == '=' || !strchr(s, '='))
			return message_set(ret_message, -EINVAL, "'env' has an entry that is no NAME=VALUE");
	}
	return 0;
}

static int parse(const json_t *object, struct app *app, char **ret_message)
{
	int r = get_words(object, "argv", &app->argv, ret_message);

	if (r == 0)
		r = get_words(object, "env", &app->env, ret_message);
	if (r == 0)
		r = get_text(object, "user", &app->user, ret_message);
	if (r == 0)
		r = get_text(object, "working_dir", &app->working_dir, ret_message);
	if (r == 0)
		r = get_text(object, "stop_signal", &app->stop_signal, ret_message);
	if (r == 0)
		r = get_capabilities(object, &app->capabilities, ret_message);
	if (r == 0)
		r = get_flag(object, "no_new_privileges", &app->no_new_privileges, ret_message);
	if (r == 0)
		r = get_flag(object, "read_only", &app->read_only, ret_message);
	if (r == 0)
		r = get_flag(object, "seccomp", &app->seccomp, ret_message);
	if (r == 0)
		r = get_flag(object, "connector", &app->connector, ret_message);
	if (r == 0)
		r = get_health(object, &app->health, ret_message);
	return r == 0 ? check_values(app, ret_message) : r;
}

int app_read(int tree_fd, const char *name, struct app *ret, char **ret_message)
{
	cleanup_app struct app app = APP_INIT;
	cleanup_free char *text = NULL;
	cleanup_json json_t *object = NULL;
	int r;

	if (!app_name_is_valid(name))
		return message_set(ret_message, -EINVAL, "'%.100s' cannot be the name of an application", name);
	r = read_text(tree_fd, name, "app.json", &text);
	if (r < 0)
		return message_set(ret_message, r, "cannot read '/" APP_DIR "/%s/app.json': %s", name, strerror(-r));
	r = json_read(text, strlen(text), APP_FILE_MAX, &object, ret_message);
	if (r == 0)
		r = json_is_object(object) ? parse(object, &app, ret_message)
					   : message_set(ret_message, -EINVAL, "it is no object");
	if (r < 0)
		return message_prefix(ret_message, r, "'/" APP_DIR "/%s/app.json': ", name);
	*ret = app;
	app = (struct app)APP_INIT;
	return 0;
}

void app_set_variable(struct strv *env, const char *entry)
{
	size_t n = (size_t)(strchr(entry, '=') - entry) + 1;

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], entry, n) == 0) {
			replace_str(&env->v[i], entry);
			return;
		}
	}
	strv_add(env, entry);
}

/* What sets nothing is passed over, as of an image: NAME alone gives away no variable of ours. */
static int add_variables(const struct strv *lines, struct strv *env)
{
	STRV_FOREACH(line, lines) {
		if (*line == '#' || *line == '=' || !strchr(line, '='))
			continue;
		if (strlen(line) > APP_STRING_MAX || env->n >= APP_STRINGS_MAX)
			return -E2BIG;
		app_set_variable(env, line);
	}
	return 0;
}

int app_read_env(int tree_fd, const char *name, const struct app *app, struct strv *env, char **ret_message)
{
	cleanup_strv struct strv lines = STRV_INIT;
	cleanup_free char *text = NULL;
	int r = add_variables(&app->env, env);

	if (r == 0)
		r = read_text(tree_fd, name, "env", &text);
	if (r == -ENOENT)
		return 0;
	if (r >= 0) {
		strv_split(&lines, text, '\n');
		r = add_variables(&lines, env);
	}
	return r < 0 ? message_set(ret_message, r, "cannot read '/" APP_DIR "/%s/env': %s", name, strerror(-r)) : 0;
}

int app_read_lines(int tree_fd, const char *name, const char *file, struct strv *lines)
{
	cleanup_strv struct strv all = STRV_INIT;
	cleanup_free char *text = NULL;
	int r = app_name_is_valid(name) ? read_text(tree_fd, name, file, &text) : -EINVAL;

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	strv_split(&all, text, '\n');
	STRV_FOREACH(line, &all) {
		if (*line && lines->n < APP_STRINGS_MAX)
			strv_add(lines, line);
	}
	return 0;
}

/* --- writing ------------------------------------------------------------------------------ */

static json_t *capabilities_json(uint64_t capabilities)
{
	json_t *list = json_array();

	for (unsigned i = 0; capability_name(i); i++) {
		if (capabilities & CAPABILITY_BIT(i))
			json_array_append_new(list, json_text(capability_name(i)));
	}
	return list;
}

static json_t *health_json(const struct app_health *h)
{
	json_t *object = json_object();

	json_object_set_new(object, "test", json_strv(&h->test));
	json_object_set_new(object, "interval_ns", json_integer((json_int_t)h->interval_ns));
	json_object_set_new(object, "timeout_ns", json_integer((json_int_t)h->timeout_ns));
	json_object_set_new(object, "start_period_ns", json_integer((json_int_t)h->start_period_ns));
	json_object_set_new(object, "start_interval_ns", json_integer((json_int_t)h->start_interval_ns));
	json_object_set_new(object, "retries", json_integer((json_int_t)h->retries));
	return object;
}

static json_t *app_json(const struct app *app)
{
	json_t *object = json_object();

	json_object_set_new(object, "argv", json_strv(&app->argv));
	json_object_set_new(object, "env", json_strv(&app->env));
	if (app->user)
		json_object_set_new(object, "user", json_text(app->user));
	if (app->working_dir)
		json_object_set_new(object, "working_dir", json_text(app->working_dir));
	if (app->stop_signal)
		json_object_set_new(object, "stop_signal", json_text(app->stop_signal));
	json_object_set_new(object, "capabilities", capabilities_json(app->capabilities));
	json_object_set_new(object, "no_new_privileges", json_bool(app->no_new_privileges));
	json_object_set_new(object, "read_only", json_bool(app->read_only));
	json_object_set_new(object, "seccomp", json_bool(app->seccomp));
	json_object_set_new(object, "connector", json_bool(app->connector));
	if (app->health.test.n > 0)
		json_object_set_new(object, "healthcheck", health_json(&app->health));
	return object;
}

int app_write(int app_fd, const struct app *app)
{
	cleanup_json json_t *object = app_json(app);
	cleanup_free char *text = json_dumps(object, JSON_INDENT(2)), *line = NULL;

	if (!text)
		return -ENOMEM;
	line = xasprintf("%s\n", text);
	return write_file_atomic_at(app_fd, "app.json", line, 0644, WRITE_NO_SYNC);
}

void app_done(struct app *app)
{
	strv_done(&app->argv);
	strv_done(&app->env);
	free(app->user);
	free(app->working_dir);
	free(app->stop_signal);
	strv_done(&app->health.test);
	*app = (struct app)APP_INIT;
}
