/* SPDX-License-Identifier: MIT */
/* config: show and change the configuration. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/jsonread.h"
#include "base/log.h"
#include "base/redact.h"
#include "container/config.h"
#include "image/install_plan.h"

#define COMMANDS_MAX (64 * 1024)

static bool arg_quiet;

static const struct opt opts[] = {
	OPT_FLAG('q', "quiet", &arg_quiet, "With get and no key: only the keys, one a line"),
	OPT_END,
};

static int unknown_key(const char *key)
{
	log_error("unknown config key: %s (see 'sdme config get')", key);
	return EXIT_USAGE;
}

/* --- commands of a family ----------------------------------------------------------------- */

/* An array, which set takes as it is. */
static char *commands_text(const struct config *c, enum family family)
{
	cleanup_install_plan struct install_plan plan = INSTALL_PLAN_INIT;
	cleanup_strv struct strv texts = STRV_INIT;
	cleanup_json json_t *array = NULL;

	install_plan_make(c, family, &plan);
	for (size_t i = 0; i < plan.n; i++) {
		cleanup_free char *text = install_command_text(&plan.commands[i]);

		strv_addf(&texts, "%s%s", text, plan.commands[i].may_fail ? " || true" : "");
	}
	array = json_strv(&texts);
	return json_dumps(array, JSON_ENCODE_ANY);
}

/* What the text of an array says; one that is empty is an empty line in the file. */
static int read_commands(const char *text, struct strv *ret, char **ret_message)
{
	cleanup_json json_t *array = NULL;
	int r = json_read(text, strlen(text), COMMANDS_MAX, &array, ret_message);

	for (size_t i = 0; r >= 0 && i < json_array_size(array); i++) {
		const char *item = json_string_value(json_array_get(array, i));

		if (!item)
			return message_set(ret_message, -EINVAL, "it is no array of strings");
		strv_add(ret, item);
	}
	if (r >= 0 && ret->n == 0)
		strv_add(ret, "");
	return r;
}

/* "": our own; an array; or one command. */
static int parse_commands(const struct config_place *p, const char *text, struct strv *ret)
{
	cleanup_free char *message = NULL;
	const char *wrong;
	int r = 0;

	if (*text == '[')
		r = read_commands(text, ret, &message);
	else if (*text)
		strv_add(ret, text);
	if (r < 0)
		return usage_error("%s.%s: %s", p->section, p->key, message);
	STRV_FOREACH (command, ret) {
		cleanup_free char *good =
			*command || ret->n > 1 ? config_place_check(p, command, &wrong) : xstrdup("");

		if (!good)
			return usage_error("%s.%s: '%s' %s", p->section, p->key, command, wrong);
	}
	return 0;
}

/* --- get ---------------------------------------------------------------------------------- */

static char *place_text(const struct config *c, const struct config_place *p)
{
	return p->registry ? config_place_value(c, p) : commands_text(c, p->family);
}

static void show(const char *key, const char *value, const char *remark)
{
	if (arg_quiet)
		printf("%s\n", key);
	else
		printf("%s = %s%s\n", key, value, remark);
}

static void show_place(const struct config *c, const char *section, const char *name,
		       const char *key)
{
	cleanup_config_place struct config_place p = { .section = NULL };
	cleanup_free char *whole = xasprintf("%s.%s.%s", section, name, key), *value = NULL;

	if (config_place_find(whole, &p) < 0)
		return;
	value = place_text(c, &p);
	show(whole, value,
	     !p.registry && c->distros[p.family].has_import_prehook ? " (custom)" : "");
}

/* Registries that nothing is set for are all others; families that nothing is known of say nothing. */
static int get_all(const struct config *c)
{
	for (unsigned i = 0; config_key(i); i++) {
		cleanup_free char *value = config_shown(c, i);

		show(config_key(i), value, "");
	}
	for (enum family f = FAMILY_UNKNOWN; f < FAMILY_N; f++) {
		cleanup_install_plan struct install_plan plan = INSTALL_PLAN_INIT;

		install_plan_make(c, f, &plan);
		if (arg_quiet || plan.n > 0 || c->distros[f].has_import_prehook)
			show_place(c, "distros", family_name(f), "import_prehook");
	}
	for (size_t i = 0; i < c->n_registries; i++) {
		for (unsigned k = 0; config_registry_key(k); k++)
			show_place(c, "registries", c->registries[i].name, config_registry_key(k));
	}
	return 0;
}

static int get_one(const struct config *c, const char *key)
{
	cleanup_config_place struct config_place p = { .section = NULL };
	cleanup_free char *value = NULL;
	int i = config_find(key);

	if (i < 0 && config_place_find(key, &p) < 0)
		return unknown_key(key);
	value = i >= 0 ? config_shown(c, (unsigned)i) : place_text(c, &p);
	printf("%s\n", value);
	return 0;
}

static int get(const struct args *args)
{
	cleanup_config struct config c = { 0 };
	int r;

	if (args->argc > 2)
		return usage_error("unexpected argument '%s'", args->argv[2]);
	r = json_load();
	if (r >= 0)
		r = config_load(global_args.config, &c);
	if (r < 0)
		return r;
	return args->argc > 1 ? get_one(&c, args->argv[1]) : get_all(&c);
}

/* --- set ---------------------------------------------------------------------------------- */

static int may_write(void)
{
	if (geteuid() != 0 && !global_args.config)
		return log_error_code(-EPERM, "must be run as root, try it with sudo");
	return 0;
}

static void warn_if_different(const struct config *c, const char *key, const char *value,
			      const char *now, const char *shown)
{
	if (!streq(now, value))
		log_warning("a file in '%s.d' sets %s to '%s', which wins", c->path, key, shown);
}

/* Who has put a password into it sees it nowhere. */
static int wrong_value(const char *key, const char *text, const char *wrong)
{
	cleanup_free char *shown = redact(text);

	return usage_error("%s: '%s' %s", key, shown, wrong);
}

static int set_key(const char *path, unsigned i, const char *text)
{
	cleanup_config struct config c = { 0 };
	cleanup_free char *value = NULL, *now = NULL, *shown = NULL;
	const char *wrong;
	int r;

	value = config_check(i, text, &wrong);
	if (!value && config_is_secret(i))
		return usage_error("%s: it %s", config_key(i), wrong);
	if (!value)
		return wrong_value(config_key(i), text, wrong);
	r = may_write();
	/* The default needs no line. */
	if (r >= 0)
		r = config_edit(path, config_key(i), streq(value, config_default(i)) ? NULL : value);
	if (r >= 0)
		r = config_load(global_args.config, &c);
	if (r < 0)
		return r;
	now = config_value(&c, i);
	shown = config_shown(&c, i);
	warn_if_different(&c, config_key(i), value, now, shown);
	return 0;
}

/* The lines that the value is in the file; none: it is the default. */
static int parse_place(const struct config_place *p, const char *text, struct strv *ret)
{
	cleanup_free char *key = xasprintf("%s.%s", p->section, p->key);
	const char *wrong;
	char *value;

	if (!p->registry)
		return parse_commands(p, text, ret);
	value = config_place_check(p, text, &wrong);
	if (!value)
		return wrong_value(key, text, wrong);
	if (*value)
		strv_add(ret, value);
	free(value);
	return 0;
}

/* Whether a drop-in has more or other ones than the main file, which is all that was set. */
static int warn_of_place(const struct config_place *p, const char *key, const char *path)
{
	cleanup_config struct config c = { 0 }, alone = { 0 };
	cleanup_free char *now = NULL, *value = NULL;
	int r = config_load(global_args.config, &c);

	if (r >= 0)
		r = config_load_file(path, &alone);
	if (r < 0)
		return r;
	now = place_text(&c, p);
	value = place_text(&alone, p);
	warn_if_different(&c, key, value, now, now);
	return 0;
}

static int set_place(const char *path, const struct config_place *p, const char *key,
		     const char *text)
{
	cleanup_strv struct strv values = STRV_INIT;
	int r = json_load();

	if (r >= 0)
		r = parse_place(p, text, &values);
	if (r != 0)
		return r;
	r = may_write();
	if (r >= 0)
		r = config_edit_section(path, p->section, p->key, &values, 0);
	return r < 0 ? r : warn_of_place(p, key, path);
}

static int set(const struct args *args)
{
	cleanup_config_place struct config_place p = { .section = NULL };
	const char *path = global_args.config ? global_args.config : CONFIG_PATH;
	int i;

	if (args->argc != 3)
		return usage_error("config set takes a key and a value");
	i = config_find(args->argv[1]);
	if (i >= 0)
		return set_key(path, (unsigned)i, args->argv[2]);
	if (config_place_find(args->argv[1], &p) < 0)
		return unknown_key(args->argv[1]);
	return set_place(path, &p, args->argv[1], args->argv[2]);
}

static int run(const struct args *args)
{
	if (streq(args->argv[0], "get"))
		return get(args);
	if (streq(args->argv[0], "set"))
		return set(args);
	return usage_error("'%s' is neither get nor set", args->argv[0]);
}

const struct applet applet_config = {
	.name = "sdme-config",
	.summary = "Show and change the configuration",
	.synopsis = "get [KEY] | set KEY VALUE",
	.examples = "  sdme config get\n"
		    "  sudo sdme config set boot_timeout 120\n"
		    "  sudo sdme config set registries.localhost:5000.insecure no\n",
	.opts = opts,
	.operands = { WORDS_NONE, WORDS_CONFIG_KEY, WORDS_NONE },
	.min_operands = 1,
	.max_operands = 3,
	.run = run,
};
