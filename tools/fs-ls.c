/* SPDX-License-Identifier: MIT */
/* fs-ls: list root filesystems. */

#include <stdio.h>
#include <stdlib.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/table.h"
#include "container/rootfs.h"

static bool arg_json, arg_json_pretty, arg_quiet;

static const struct opt opts[] = {
	OPT_FLAG(0, "json", &arg_json, "A JSON array, on one line"),
	OPT_FLAG(0, "json-pretty", &arg_json_pretty, "A JSON array, indented"),
	OPT_FLAG('q', "quiet", &arg_quiet, "Only names, one a line"),
	OPT_END,
};

static void print_table(const struct store *s, const struct strv *names, const struct rootfs_uses *uses)
{
	cleanup_table struct table t = { 0 };

	table_column(&t, "NAME");
	table_column(&t, "OS");
	table_optional_column(&t, "BASE");
	table_optional_column(&t, "APPS");
	table_optional_column(&t, "CONTAINERS");
	table_column(&t, "PATH");
	STRV_FOREACH(name, names) {
		cleanup_strv struct strv containers = STRV_INIT;
		cleanup_free char *os = rootfs_os(s, name), *count = NULL;
		cleanup_free char *path = xasprintf("%s/fs/%s", s->config.datadir, name), *list = NULL;
		cleanup_kvfile struct kvfile meta = KVFILE_INIT;
		cleanup_strv struct strv apps = STRV_INIT;

		(void)rootfs_read_meta(s, name, &meta);
		rootfs_meta_apps(&meta, &apps);
		list = strv_join(&apps, ",");
		rootfs_used_by(uses, name, &containers);
		if (containers.n > 0)
			count = xasprintf("%zu", containers.n);
		table_cell(&t, name);
		table_cell(&t, os);
		table_cell(&t, rootfs_meta_base(&meta));
		table_cell(&t, apps.n > 0 ? list : NULL);
		table_cell(&t, count);
		table_cell(&t, path);
	}
	table_print(&t, stdout);
}

static int print_json(const struct store *s, const struct strv *names, const struct rootfs_uses *uses,
		      bool pretty)
{
	json_t *array;
	int r = json_load();

	if (r < 0)
		return r;
	array = json_array();
	STRV_FOREACH(name, names) {
		cleanup_strv struct strv containers = STRV_INIT, apps = STRV_INIT;
		cleanup_kvfile struct kvfile meta = KVFILE_INIT;
		cleanup_free char *os = rootfs_os(s, name);
		json_t *o = json_object();

		(void)rootfs_read_meta(s, name, &meta);
		rootfs_meta_apps(&meta, &apps);
		rootfs_used_by(uses, name, &containers);
		json_object_set_new(o, "name", json_text(name));
		json_object_set_new(o, "os", json_text(os));
		json_object_set_new(o, "base", json_text(rootfs_meta_base(&meta)));
		json_object_set_new(o, "apps", json_strv(&apps));
		json_object_set_new(o, "containers", json_strv(&containers));
		json_object_set_new(o, "path", json_textf("%s/fs/%s", s->config.datadir, name));
		json_array_append_new(array, o);
	}
	json_print(array, pretty);
	json_unref(array);
	return 0;
}

static int run(const struct args *args)
{
	cleanup_store struct store s = STORE_INIT;
	cleanup_rootfs_uses struct rootfs_uses uses = ROOTFS_USES_INIT;
	cleanup_strv struct strv names = STRV_INIT;
	const char *format;
	int r = store_open(STORE_READ, global_args.config, &s);

	(void)args;
	if (r >= 0)
		r = rootfs_list(&s, &names);
	if (r < 0)
		return r;
	format = s.config.default_output_format;
	if (arg_quiet) {
		STRV_FOREACH(name, &names)
			printf("%s\n", name);
		return 0;
	}
	r = rootfs_read_uses(&s, &uses);
	if (r < 0)
		return r;
	if (arg_json || arg_json_pretty || *format)
		return print_json(&s, &names, &uses,
				  arg_json_pretty || (!arg_json && streq(format, "json-pretty")));
	if (names.n == 0) {
		log_notice("no root filesystems found");
		return 0;
	}
	print_table(&s, &names, &uses);
	return 0;
}

const struct applet applet_fs_ls = {
	.name = "sdme-fs-ls",
	.summary = "List root filesystems",
	.synopsis = "",
	.examples = "  sudo sdme fs ls\n"
		    "  sudo sdme fs ls --json | jq -r '.[] | select(.containers == []).name'\n",
	.opts = opts,
	.run = run,
};
