/* SPDX-License-Identifier: MIT */
/* ps: list containers. */

#include <stdio.h>
#include <stdlib.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/table.h"
#include "container/list.h"
#include "container/status.h"

static bool arg_json, arg_json_pretty, arg_quiet;

static const struct opt opts[] = {
	OPT_FLAG(0, "json", &arg_json, "A JSON array, on one line"),
	OPT_FLAG(0, "json-pretty", &arg_json_pretty, "A JSON array, indented"),
	OPT_FLAG('q', "quiet", &arg_quiet, "Only names, one a line"),
	OPT_END,
};

/* --- names -------------------------------------------------------------------------------- */

static int print_names(const struct store *s)
{
	cleanup_strv struct strv names = STRV_INIT;
	int r = store_list(s->state_fd, &names);

	if (r < 0)
		return log_error_errno(r, "cannot list the containers in '%s'", s->config.datadir);
	STRV_FOREACH(name, &names)
		printf("%s\n", name);
	return 0;
}

/* --- table -------------------------------------------------------------------------------- */

static const char *yes_no(bool value)
{
	return value ? "yes" : "no";
}

static void print_table(const struct list *list)
{
	static const char *const columns[] = { "NAME",	  "STATUS", "HEALTH",	 "USERNS",
					       "ENABLED", "MOUNTS", "ADDRESSES", "OS" };
	cleanup_table struct table t = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		table_column(&t, columns[i]);
	for (size_t i = 0; i < list->n; i++) {
		const struct list_row *row = &list->rows[i];
		cleanup_free char *addresses = strv_join(&row->addresses, ",");

		table_cell(&t, row->name);
		table_cell(&t, status_word(row->unit));
		table_cell(&t, row->health);
		table_cell(&t, yes_no(row->c.userns));
		table_cell(&t, yes_no(row->c.enabled));
		table_cell(&t, yes_no(row->c.binds.n > 0 || row->c.oci_volumes.n > 0 || row->submounts.n > 0));
		table_cell(&t, *addresses ? addresses : "-");
		table_cell(&t, row->os);
	}
	table_print(&t, stdout);
}

/* --- JSON --------------------------------------------------------------------------------- */

static json_t *network_json(const struct container *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "private_network", json_bool(container_has_private_network(c)));
	json_object_set_new(o, "network_veth", json_bool(c->network_veth));
	json_object_set_new(o, "network_bridge", json_text(c->network_bridge));
	json_object_set_new(o, "network_zone", json_text(c->network_zone));
	json_object_set_new(o, "ports", json_strv(&c->ports));
	return o;
}

static json_t *limits_json(const struct container *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "memory", json_text(c->memory));
	json_object_set_new(o, "cpus", json_text(c->cpus));
	json_object_set_new(o, "cpu_weight", json_text(c->cpu_weight));
	return o;
}

static json_t *row_json(const struct list_row *row)
{
	const struct container *c = &row->c;
	json_t *o = json_object();

	json_object_set_new(o, "name", json_text(row->name));
	json_object_set_new(o, "status", json_text(status_word(row->unit)));
	json_object_set_new(o, "health", json_text(row->health));
	json_object_set_new(o, "os", json_text(row->os));
	json_object_set_new(o, "rootfs", json_text(c->rootfs ? c->rootfs : ""));
	json_object_set_new(o, "userns", json_bool(c->userns));
	json_object_set_new(o, "enabled", json_bool(c->enabled));
	json_object_set_new(o, "binds", json_strv(&c->binds));
	json_object_set_new(o, "apps", json_strv(&row->apps));
	json_object_set_new(o, "volumes", json_strv(&c->oci_volumes));
	json_object_set_new(o, "connectors", json_strv(&c->connectors));
	json_object_set_new(o, "submounts", json_strv(&row->submounts));
	json_object_set_new(o, "network", network_json(c));
	json_object_set_new(o, "limits", limits_json(c));
	json_object_set_new(o, "addresses", json_strv(&row->addresses));
	return o;
}

static int print_json(const struct list *list, bool pretty)
{
	json_t *array;
	int r = json_load();

	if (r < 0)
		return r;
	array = json_array();
	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, row_json(&list->rows[i]));
	json_print(array, pretty);
	json_unref(array);
	return 0;
}

/* ------------------------------------------------------------------------------------------ */

static int run(const struct args *args)
{
	cleanup_store struct store s = STORE_INIT;
	cleanup_list struct list list = { 0 };
	const char *format;
	int r = store_open(STORE_READ, global_args.config, &s);

	(void)args;
	if (r < 0)
		return r;
	if (arg_quiet)
		return print_names(&s);
	r = list_collect(&s, &list);
	if (r < 0)
		return r;
	format = s.config.default_output_format;
	if (arg_json || arg_json_pretty || *format)
		return print_json(&list, arg_json_pretty || (!arg_json && streq(format, "json-pretty")));
	if (list.n == 0)
		log_notice("no containers found");
	else
		print_table(&list);
	return 0;
}

const struct applet applet_ps = {
	.name = "sdme-ps",
	.summary = "List containers",
	.synopsis = "",
	.examples = "  sudo sdme ps\n"
		    "  sudo sdme ps --json | jq -r '.[] | select(.status == \"running\").name'\n",
	.opts = opts,
	.run = run,
};
