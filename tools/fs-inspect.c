/* SPDX-License-Identifier: MIT */
/* fs-inspect: all that is known of a root filesystem. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/app.h"
#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "base/treesize.h"
#include "container/applayer.h"
#include "container/bootable.h"
#include "container/rootfs.h"
#include "container/value.h"

static bool arg_json, arg_json_pretty;

static const struct opt opts[] = {
	OPT_FLAG(0, "json", &arg_json, "A JSON object, on one line"),
	OPT_FLAG(0, "json-pretty", &arg_json_pretty, "A JSON object, indented"),
	OPT_END,
};

struct app_facts {
	struct app app; /* empty if it is damaged */
	struct strv env, ports, volumes;
};

struct facts {
	const char *name;
	char *path, *os;
	struct kvfile meta;
	struct strv containers;
	uint64_t size; /* of its own layer */
	struct bootable boot;
	char *lacks; /* NULL: nothing */
	struct strv apps;
	struct app_facts *app; /* as many */
	char *connector;
};

static void facts_done(struct facts *f)
{
	for (size_t i = 0; f->app && i < f->apps.n; i++) {
		app_done(&f->app[i].app);
		strv_done(&f->app[i].env);
		strv_done(&f->app[i].ports);
		strv_done(&f->app[i].volumes);
	}
	free(f->app);
	strv_done(&f->apps);
	free(f->connector);
	free(f->path);
	free(f->os);
	kvfile_done(&f->meta);
	strv_done(&f->containers);
	bootable_done(&f->boot);
	free(f->lacks);
}

static int measure(const struct store *s, struct facts *f)
{
	cleanup_close int fd = openat(s->fs_fd, f->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : tree_size(fd, &f->size);

	return r < 0 ? log_error_errno(r, "cannot measure '%s'", f->path) : 0;
}

/* What is damaged is told, and left out. */
static void read_app(int fd, const char *name, struct app_facts *a)
{
	cleanup_free char *message = NULL;
	int r;

	a->app = (struct app)APP_INIT;
	r = app_read(fd, name, &a->app, &message);
	if (r >= 0)
		r = app_read_env(fd, name, &a->app, &a->env, &message);
	if (r < 0)
		log_warning("application '%s': %s", name, message);
	(void)app_read_lines(fd, name, "ports", &a->ports);
	(void)app_read_lines(fd, name, "volumes", &a->volumes);
}

static int read_apps(int fd, struct facts *f)
{
	int r = app_list(fd, &f->apps);

	if (r >= 0 && f->apps.n > 0)
		r = json_load();
	if (r < 0)
		return log_error_errno(r, "cannot list the applications of '%s'", f->name);
	f->app = xcalloc(f->apps.n + 1, sizeof(*f->app));
	for (size_t i = 0; i < f->apps.n; i++)
		read_app(fd, f->apps.v[i], &f->app[i]);
	f->connector = applayer_connector(fd);
	return 0;
}

/* Of the whole tree: systemd may be in a base. */
static int look_into(const struct store *s, struct facts *f)
{
	cleanup_close int fd = rootfs_view(s, f->name);

	if (fd < 0)
		return fd;
	bootable_read(fd, &f->boot);
	f->lacks = bootable_lacks(&f->boot);
	return read_apps(fd, f);
}

static int collect(const struct store *s, const char *name, struct facts *f)
{
	cleanup_rootfs_uses struct rootfs_uses uses = ROOTFS_USES_INIT;
	int r = rootfs_check(s, name);

	if (r < 0)
		return r;
	f->name = name;
	f->path = xasprintf("%s/fs/%s", s->config.datadir, name);
	f->os = rootfs_os(s, name);
	if (rootfs_read_meta(s, name, &f->meta) < 0)
		log_warning("what is known of '%s' cannot be read (%s/fs/.%s.meta)", name, s->config.datadir,
			    name);
	r = rootfs_read_uses(s, &uses);
	if (r < 0)
		return r;
	rootfs_used_by(&uses, name, &f->containers);
	r = look_into(s, f);
	return r < 0 ? r : measure(s, f);
}

/* Seconds since the epoch, 0 when that is not known. */
static time_t imported(const char *text)
{
	uint64_t seconds;

	return text && parse_u64(text, 0, INT64_MAX, &seconds) >= 0 ? (time_t)seconds : 0;
}

/* Of an image, the lowest first; null for what was none. */
static json_t *layers_json(const char *text)
{
	cleanup_strv struct strv layers = STRV_INIT;

	if (!text)
		return json_null();
	list_parse(&layers, text, ' ');
	return json_strv(&layers);
}

/* What the meta says of an application; NULL if it does not. */
static const char *app_meta(const struct facts *f, const char *app, const char *key)
{
	cleanup_free char *name = xasprintf("APP.%s.%s", app, key);

	return kvfile_get(&f->meta, name);
}

static json_t *time_json(const char *text)
{
	return imported(text) ? json_integer(imported(text)) : json_null();
}

static json_t *app_json(const struct facts *f, size_t i)
{
	const struct app_facts *a = &f->app[i];
	const char *name = f->apps.v[i];
	json_t *o = json_object();

	json_object_set_new(o, "name", json_text(name));
	json_object_set_new(o, "source", json_text(app_meta(f, name, "SOURCE")));
	json_object_set_new(o, "manifest", json_text(app_meta(f, name, "MANIFEST")));
	json_object_set_new(o, "config", json_text(app_meta(f, name, "CONFIG")));
	json_object_set_new(o, "layers", layers_json(app_meta(f, name, "LAYERS")));
	json_object_set_new(o, "imported", time_json(app_meta(f, name, "IMPORTED")));
	json_object_set_new(o, "command", json_strv(&a->app.argv));
	json_object_set_new(o, "user", json_text(a->app.user));
	json_object_set_new(o, "working_dir", json_text(a->app.working_dir));
	json_object_set_new(o, "stop_signal", json_text(a->app.stop_signal));
	json_object_set_new(o, "healthcheck", a->app.health.test.n > 0 ? json_strv(&a->app.health.test) : json_null());
	json_object_set_new(o, "ports", json_strv(&a->ports));
	json_object_set_new(o, "volumes", json_strv(&a->volumes));
	json_object_set_new(o, "variables", json_integer((json_int_t)a->env.n));
	json_object_set_new(o, "connector", json_text(a->app.connector ? f->connector : NULL));
	return o;
}

static json_t *apps_json(const struct facts *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->apps.n; i++)
		json_array_append_new(array, app_json(f, i));
	return array;
}

static int print_json(const struct facts *f, bool pretty)
{
	json_t *o;
	int r = json_load();

	if (r < 0)
		return r;
	o = json_object();
	json_object_set_new(o, "name", json_text(f->name));
	json_object_set_new(o, "path", json_text(f->path));
	json_object_set_new(o, "os", json_text(f->os));
	json_object_set_new(o, "source", json_text(kvfile_get(&f->meta, "SOURCE")));
	json_object_set_new(o, "manifest", json_text(kvfile_get(&f->meta, "MANIFEST")));
	json_object_set_new(o, "config", json_text(kvfile_get(&f->meta, "CONFIG")));
	json_object_set_new(o, "layers", layers_json(kvfile_get(&f->meta, "LAYERS")));
	json_object_set_new(o, "imported", time_json(kvfile_get(&f->meta, "IMPORTED")));
	json_object_set_new(o, "base", json_text(rootfs_meta_base(&f->meta)));
	json_object_set_new(o, "apps", apps_json(f));
	json_object_set_new(o, "family", json_text(family_name(f->boot.family)));
	json_object_set_new(o, "bootable", json_bool(!f->lacks));
	json_object_set_new(o, "lacks", json_text(f->lacks));
	json_object_set_new(o, "containers", json_strv(&f->containers));
	json_object_set_new(o, "size", json_integer((json_int_t)f->size));
	json_print(o, pretty);
	json_unref(o);
	return 0;
}

static void print_line(const char *key, const char *value)
{
	cleanup_strbuf struct strbuf escaped = STRBUF_INIT;

	if (!value || !*value)
		return;
	strbuf_add_escaped(&escaped, value);
	printf("%s = %s\n", key, strbuf_str(&escaped));
}

static void print_app_line(const char *app, const char *key, const char *value)
{
	cleanup_free char *name = xasprintf("%s.%s", app, key);

	print_line(name, value);
}

static void print_app(const struct facts *f, size_t i)
{
	const struct app_facts *a = &f->app[i];
	const char *name = f->apps.v[i];
	json_t *argv = json_strv(&a->app.argv);
	cleanup_free char *command = json_dumps(argv, 0), *variables = xasprintf("%zu", a->env.n);
	cleanup_free char *ports = strv_join(&a->ports, ", "), *volumes = strv_join(&a->volumes, ", ");

	json_unref(argv);
	print_app_line(name, "source", app_meta(f, name, "SOURCE"));
	print_app_line(name, "manifest", app_meta(f, name, "MANIFEST"));
	print_app_line(name, "command", command);
	print_app_line(name, "user", a->app.user);
	print_app_line(name, "ports", ports);
	print_app_line(name, "volumes", volumes);
	print_app_line(name, "variables", variables);
	print_app_line(name, "connector", a->app.connector ? f->connector : NULL);
}

static void print_lines(const struct facts *f)
{
	cleanup_free char *containers = strv_join(&f->containers, ", "), *apps = strv_join(&f->apps, ", ");
	cleanup_free char *size = NULL, *bootable = xasprintf("no: it has %s", f->lacks ? f->lacks : "all");
	char number[FORMAT_SIZE_MAX], when[64] = "";
	time_t seconds = imported(kvfile_get(&f->meta, "IMPORTED"));
	struct tm tm;

	if (seconds > 0 && localtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &tm);
	size = xasprintf("%s (%" PRIu64 " bytes)", format_size(number, f->size), f->size);
	print_line("name", f->name);
	print_line("path", f->path);
	print_line("os", f->os);
	print_line("source", kvfile_get(&f->meta, "SOURCE"));
	print_line("manifest", kvfile_get(&f->meta, "MANIFEST"));
	print_line("config", kvfile_get(&f->meta, "CONFIG"));
	print_line("layers", kvfile_get(&f->meta, "LAYERS"));
	print_line("imported", when);
	print_line("base", rootfs_meta_base(&f->meta));
	print_line("apps", apps);
	for (size_t i = 0; i < f->apps.n; i++)
		print_app(f, i);
	print_line("family", family_name(f->boot.family));
	print_line("bootable", f->lacks ? bootable : "yes");
	print_line("containers", containers);
	print_line("size", size);
}

static int run(const struct args *args)
{
	cleanup_(facts_done) struct facts f = { 0 };
	cleanup_store struct store s = STORE_INIT;
	const char *format;
	int r = store_open(STORE_READ, global_args.config, &s);

	if (r >= 0)
		r = collect(&s, args->argv[0], &f);
	if (r < 0)
		return r;
	format = s.config.default_output_format;
	if (arg_json || arg_json_pretty || *format)
		return print_json(&f, arg_json_pretty || (!arg_json && streq(format, "json-pretty")));
	print_lines(&f);
	return 0;
}

const struct applet applet_fs_inspect = {
	.name = "sdme-fs-inspect",
	.summary = "Show what is known of a root filesystem",
	.synopsis = "NAME",
	.examples = "  sudo sdme fs inspect debian\n"
		    "  sudo sdme fs inspect --json debian | jq .size\n",
	.opts = opts,
	.operands = { WORDS_ROOTFS },
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
