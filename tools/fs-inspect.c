/* SPDX-License-Identifier: MIT */
/* fs-inspect: all that is known of a root filesystem. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "base/treesize.h"
#include "container/bootable.h"
#include "container/rootfs.h"
#include "container/value.h"

static bool arg_json, arg_json_pretty;

static const struct opt opts[] = {
	OPT_FLAG(0, "json", &arg_json, "A JSON object, on one line"),
	OPT_FLAG(0, "json-pretty", &arg_json_pretty, "A JSON object, indented"),
	OPT_END,
};

struct facts {
	const char *name;
	char *path, *os;
	struct kvfile meta;
	struct strv containers;
	uint64_t size; /* of its own layer */
	struct bootable boot;
	char *lacks; /* NULL: nothing */
};

static void facts_done(struct facts *f)
{
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

/* Of the whole tree: systemd may be in a base. */
static int look_into(const struct store *s, struct facts *f)
{
	cleanup_close int fd = rootfs_view(s, f->name);

	if (fd < 0)
		return fd;
	bootable_read(fd, &f->boot);
	f->lacks = bootable_lacks(&f->boot);
	return 0;
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
static time_t imported(const struct facts *f)
{
	const char *text = kvfile_get(&f->meta, "IMPORTED");
	uint64_t seconds;

	return text && parse_u64(text, 0, INT64_MAX, &seconds) >= 0 ? (time_t)seconds : 0;
}

/* Of an image, the lowest first; null for what was none. */
static json_t *layers_json(const struct facts *f)
{
	cleanup_strv struct strv layers = STRV_INIT;
	const char *text = kvfile_get(&f->meta, "LAYERS");

	if (!text)
		return json_null();
	list_parse(&layers, text, ' ');
	return json_strv(&layers);
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
	json_object_set_new(o, "layers", layers_json(f));
	json_object_set_new(o, "imported", imported(f) ? json_integer(imported(f)) : json_null());
	json_object_set_new(o, "base", json_text(kvfile_get(&f->meta, "BASE")));
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

static void print_lines(const struct facts *f)
{
	cleanup_free char *containers = strv_join(&f->containers, ", ");
	cleanup_free char *size = NULL, *bootable = xasprintf("no: it has %s", f->lacks ? f->lacks : "all");
	char number[FORMAT_SIZE_MAX], when[64] = "";
	time_t seconds = imported(f);
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
	print_line("base", kvfile_get(&f->meta, "BASE"));
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
