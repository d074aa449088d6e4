/* SPDX-License-Identifier: MIT */
/* fs-cache: the cache of image blobs. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/table.h"
#include "image/cache.h"

static bool arg_all, arg_json, arg_json_pretty, arg_quiet;

static const struct opt opts[] = {
	OPT_FLAG('a', "all", &arg_all, "With clean: everything, not only what is over the limit"),
	OPT_FLAG(0, "json", &arg_json, "With info and ls: JSON, on one line"),
	OPT_FLAG(0, "json-pretty", &arg_json_pretty, "With info and ls: JSON, indented"),
	OPT_FLAG('q', "quiet", &arg_quiet, "With ls: only digests, one a line"),
	OPT_END,
};

/* Each option is of some of the words. */
static int check_options(const char *verb)
{
	const char *option = NULL;

	if (arg_all && !streq(verb, "clean"))
		option = "--all";
	if ((arg_json || arg_json_pretty) && streq(verb, "clean"))
		option = arg_json ? "--json" : "--json-pretty";
	if (arg_quiet && !streq(verb, "ls"))
		option = "--quiet";
	return option ? usage_error("%s has no option %s", verb, option) : 0;
}

static int print_json(json_t *value)
{
	json_print(value, arg_json_pretty);
	json_unref(value);
	return 0;
}

static int list(const struct cache *c, struct cache_list *ret)
{
	int r = cache_list(c, ret);

	return r < 0 ? log_error_errno(r, "cannot read the image cache '%s'", c->path) : 0;
}

/* --- info --------------------------------------------------------------------------------- */

static int info_json(const struct cache *c, const struct cache_list *l)
{
	json_t *o;
	int r = json_load();

	if (r < 0)
		return r;
	o = json_object();
	json_object_set_new(o, "directory", json_text(c->path));
	json_object_set_new(o, "blobs", json_integer((json_int_t)l->n));
	json_object_set_new(o, "size", json_integer((json_int_t)l->size));
	json_object_set_new(o, "max_size", json_integer((json_int_t)c->max));
	json_object_set_new(o, "enabled", json_bool(c->max > 0));
	return print_json(o);
}

static void print_size(const char *name, uint64_t bytes)
{
	char text[FORMAT_SIZE_MAX];

	printf("%s = %s (%" PRIu64 " bytes)\n", name, format_size(text, bytes), bytes);
}

static int info(const struct cache *c)
{
	cleanup_cache_list struct cache_list l = { 0 };
	int r = list(c, &l);

	if (r < 0)
		return r;
	if (arg_json || arg_json_pretty)
		return info_json(c, &l);
	printf("directory = %s\n", c->path);
	printf("blobs = %zu\n", l.n);
	print_size("size", l.size);
	print_size("max_size", c->max);
	if (c->max == 0)
		printf("status = disabled\n");
	return 0;
}

/* --- ls ----------------------------------------------------------------------------------- */

static int ls_json(const struct cache_list *l)
{
	json_t *array;
	int r = json_load();

	if (r < 0)
		return r;
	array = json_array();
	for (size_t i = 0; i < l->n; i++) {
		const struct cache_entry *e = &l->entries[i];
		json_t *o = json_object();

		json_object_set_new(o, "digest", json_text(e->name));
		json_object_set_new(o, "size", json_integer((json_int_t)e->size));
		json_object_set_new(o, "last_used", json_integer((json_int_t)e->used));
		json_object_set_new(o, "complete", json_bool(!e->partial));
		json_array_append_new(array, o);
	}
	return print_json(array);
}

static void ls_row(struct table *t, const struct cache_entry *e)
{
	char size[FORMAT_SIZE_MAX], used[sizeof("YYYY-MM-DD hh:mm:ss") + 16] = "-";
	time_t when = (time_t)e->used;
	struct tm tm;

	if (localtime_r(&when, &tm))
		strftime(used, sizeof(used), "%F %T", &tm);
	table_cell(t, e->name);
	table_cell(t, format_size(size, e->size));
	table_cell(t, used);
	table_cell(t, e->partial ? "partial" : "");
}

static void print_table(const struct cache_list *l)
{
	cleanup_table struct table t = { 0 };

	table_column(&t, "DIGEST");
	table_column(&t, "SIZE");
	table_column(&t, "LAST USED");
	table_optional_column(&t, "STATE");
	for (size_t i = 0; i < l->n; i++)
		ls_row(&t, &l->entries[i]);
	table_print(&t, stdout);
}

static int ls(const struct cache *c)
{
	cleanup_cache_list struct cache_list l = { 0 };
	int r = list(c, &l);

	if (r < 0)
		return r;
	if (arg_json || arg_json_pretty)
		return ls_json(&l);
	for (size_t i = 0; arg_quiet && i < l.n; i++)
		printf("%s\n", l.entries[i].name);
	if (arg_quiet)
		return 0;
	if (l.n == 0)
		log_notice("no cached blobs");
	else
		print_table(&l);
	return 0;
}

/* --- clean -------------------------------------------------------------------------------- */

static int clean(const struct cache *c)
{
	char text[FORMAT_SIZE_MAX];
	uint64_t freed;
	int r = cache_trim(c, arg_all ? 0 : c->max, &freed);

	if (r < 0)
		return log_error_errno(r, "cannot clean the image cache '%s'", c->path);
	if (freed == 0)
		log_notice("nothing to clean");
	else
		log_notice("freed %s", format_size(text, freed));
	return 0;
}

/* ------------------------------------------------------------------------------------------ */

static int run(const struct args *args)
{
	static const struct {
		const char *name;
		enum store_mode mode;
		int (*run)(const struct cache *c);
	} verbs[] = { { "info", STORE_READ, info },
		      { "ls", STORE_READ, ls },
		      { "clean", STORE_WRITE, clean } };
	cleanup_store struct store s = STORE_INIT;
	cleanup_cache struct cache c = CACHE_INIT;
	size_t verb = 0;
	int r;

	while (verb < ARRAY_SIZE(verbs) && !streq(verbs[verb].name, args->argv[0]))
		verb++;
	if (verb == ARRAY_SIZE(verbs))
		return usage_error("'%s' is none of info, ls and clean", args->argv[0]);
	r = check_options(verbs[verb].name);
	if (r != 0)
		return r;
	r = store_open(verbs[verb].mode, global_args.config, &s);
	if (r >= 0)
		r = cache_open(&s, verbs[verb].mode, &c);
	return r < 0 ? r : verbs[verb].run(&c);
}

const struct applet applet_fs_cache = {
	.name = "sdme-fs-cache",
	.summary = "Show and clean the cache of image blobs",
	.synopsis = "info | ls | clean [--all]",
	.examples = "  sudo sdme fs cache info\n"
		    "  sudo sdme fs cache clean --all\n",
	.opts = opts,
	.operands = { WORDS_NONE },
	.min_operands = 1,
	.max_operands = 1,
	.flags = APPLET_ROOT,
	.run = run,
};
