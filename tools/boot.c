/* SPDX-License-Identifier: MIT */
/* boot: the main process of a container's unit, which becomes systemd-nspawn. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "container/boot.h"
#include "container/layers.h"
#include "container/store.h"
#include "host/mountinfo.h"

static bool arg_print;

static const struct opt opts[] = {
	OPT_FLAG(0, "print", &arg_print, "Show what would be done, as JSON, and do nothing"),
	OPT_END,
};

static json_t *mount_json(const struct store *s, const struct container *c, json_t *lowers, const char *dir,
			  const char *target)
{
	json_t *mount = json_object();

	json_object_set_new(mount, "target", json_text(target));
	json_object_set_new(mount, "type", json_text("overlay"));
	json_object_set_new(mount, "lower", lowers);
	json_object_set_new(mount, "upper",
			    json_textf("%s/containers/%s%s/upper", s->config.datadir, c->name, dir));
	json_object_set_new(mount, "work",
			    json_textf("%s/containers/%s%s/work", s->config.datadir, c->name, dir));
	return mount;
}

static json_t *mounts_json(const struct store *s, const struct container *c, const struct boot_plan *plan)
{
	json_t *mounts = json_array();

	json_array_append_new(mounts, mount_json(s, c, json_strv(&plan->lowers), "", "/"));
	STRV_FOREACH(path, &plan->submounts) {
		cleanup_free char *name = submount_dir_name(path);
		cleanup_free char *dir = xasprintf("/submounts/%s", name);
		json_t *lowers = json_array();

		json_array_append_new(lowers, json_text(path));
		json_array_append_new(mounts, mount_json(s, c, lowers, dir, path));
	}
	return mounts;
}

static int print_plan(const struct store *s, const struct container *c, const struct boot_plan *plan)
{
	json_t *root;
	int r = json_load();

	if (r < 0)
		return r;
	root = json_object();
	json_object_set_new(root, "name", json_text(c->name));
	json_object_set_new(root, "root", json_text(plan->root));
	json_object_set_new(root, "mounts", mounts_json(s, c, plan));
	json_object_set_new(root, "environment", json_strv(&plan->env));
	json_object_set_new(root, "devices", json_strv(&plan->devices));
	json_object_set_new(root, "connector", json_text(plan->connector));
	json_object_set_new(root, "apparmor", json_text(c->apparmor_profile));
	json_object_set_new(root, "argv", json_strv(&plan->argv));
	json_print(root, true);
	json_unref(root);
	return 0;
}

static int run(const struct args *args)
{
	cleanup_store struct store s = STORE_INIT;
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_boot_plan struct boot_plan plan = { 0 };
	cleanup_free char *mountinfo = NULL;
	/* A unit passes on where the configuration is by its environment, if not in the usual place. */
	const char *config = global_args.config ? global_args.config : getenv("SDME_CONFIG");
	int r = store_open(STORE_READ, config, &s);

	if (r >= 0)
		r = container_load(&s, args->argv[0], &c);
	if (r < 0)
		return r;
	r = mountinfo_read(&mountinfo);
	if (r < 0)
		return log_error_errno(r, "cannot read /proc/self/mountinfo");
	r = boot_plan_make(&s, &c, mountinfo, &plan);
	if (r < 0)
		return r;
	if (arg_print)
		return print_plan(&s, &c, &plan);
	if (geteuid() != 0 || !getenv("NOTIFY_SOCKET"))
		return log_error_code(-EPERM, "only systemd runs this; what it would do is shown by --print");
	return boot_run(config, &c, &plan);
}

const struct applet applet_boot = {
	.name = "sdme-boot",
	.summary = "Become the systemd-nspawn of a container",
	.synopsis = "NAME",
	.examples = "  sudo sdme boot --print web\n",
	.opts = opts,
	.operands = { WORDS_CONTAINER },
	.min_operands = 1,
	.max_operands = 1,
	.flags = APPLET_PLUMBING,
	.run = run,
};
