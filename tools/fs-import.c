/* SPDX-License-Identifier: MIT */
/* fs-import: make a root filesystem of a directory, a tarball, a disk image or an OCI image. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/strbuf.h"
#include "container/osrelease.h"
#include "container/stage.h"
#include "container/value.h"
#include "image/appimport.h"
#include "image/install.h"
#include "image/options.h"
#include "image/source.h"

static const char *arg_name, *arg_base, *arg_app;
static bool arg_force, arg_quiet, arg_add_app;
static enum oci_mode arg_mode;
static enum install_mode arg_install;
static struct pull_option arg_pull;
static struct platform arg_platform; /* nothing: this machine's */
static struct digest arg_sha256;
static bool has_sha256;

static int parse_install(const char *value, void *data)
{
	if (install_mode_parse(value, data) >= 0)
		return 0;
	return log_error_code(-EINVAL, "--install-packages: '%s' must be auto, yes or no", value);
}

/* As sha256sum(1) prints it, or with "sha256:" in front, as digests of images are written. */
static int parse_sha256(const char *value, void *data)
{
	const char *rest = after_prefix(value, "sha256:");
	cleanup_free char *text = xasprintf("sha256:%s", rest ? rest : value);

	for (char *p = text; *p; p++) {
		if (*p >= 'A' && *p <= 'F')
			*p = (char)(*p - 'A' + 'a');
	}
	has_sha256 = digest_parse(text, data) >= 0;
	if (has_sha256)
		return 0;
	return log_error_code(-EINVAL, "--sha256: '%s' must be 64 hexadecimal digits", value);
}

static int parse_mode(const char *value, void *data)
{
	if (oci_mode_parse(value, data) >= 0)
		return 0;
	return log_error_code(-EINVAL, "--oci-mode: '%s' must be auto, base, app or connector", value);
}

static const struct opt opts[] = {
	OPT_STR(0, "name", "NAME", &arg_name, "Call it this; else what the source suggests",
		.words = WORDS_ROOTFS),
	OPT_CALL(0, "install-packages", "WHETHER", parse_install, &arg_install,
		 "Install what it lacks to boot: auto, yes or no", .choices = INSTALL_MODES),
	OPT_CALL(0, "sha256", "HEX", parse_sha256, &arg_sha256,
		 "The bytes of the file, URL or standard input have it"),
	OPTION_QUIET(&arg_quiet),
	OPT_FLAG('f', "force", &arg_force, "Replace one of this name; import what cannot boot"),
	OPT_GROUP("Images of applications"),
	OPT_STR(0, "base-fs", "NAME", &arg_base, "The root filesystem that an application comes onto",
		.words = WORDS_ROOTFS),
	OPT_CALL(0, "oci-mode", "WHAT", parse_mode, &arg_mode,
		 "What an image becomes: auto, base, app or connector", .choices = OCI_MODES),
	OPT_FLAG(0, "add-app", &arg_add_app, "Add the application to those of NAME"),
	OPT_STR(0, "app", "APP", &arg_app, "Call the application this; else as its repository"),
	OPT_GROUP("Images"),
	OPTIONS_PULL(&arg_pull),
	OPTION_PLATFORM(&arg_platform),
	OPT_END,
};

/* What a meta value can hold: one line. */
static void set_meta(struct kvfile *meta, const char *key, const char *value)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;

	strbuf_add_escaped(&line, value);
	kvfile_set(meta, key, strbuf_str(&line));
}

static void describe(const struct source *source, int tree_fd, struct kvfile *meta)
{
	cleanup_osrelease struct osrelease os = OSRELEASE_INIT;
	char now[DECIMAL_MAX(time_t)];

	snprintf(now, sizeof(now), "%lld", (long long)time(NULL));
	set_meta(meta, "DISTRO", osrelease_read(tree_fd, &os) < 0 ? "" : os.pretty_name);
	set_meta(meta, "SOURCE", source->name);
	set_meta(meta, "IMPORTED", now);
}

static int make_bootable(const struct source *source, const struct stage *stage)
{
	cleanup_free char *path = xasprintf("%s/fs/%s", stage->store->config.datadir, stage->dir);
	struct install in = { .mode = arg_install,
			      .force = arg_force,
			      .config = &stage->store->config,
			      .name = source->name,
			      .path = path,
			      .tree_fd = stage->fd };

	return install_if_needed(&in);
}

static int finish(const struct source *source, const struct appimport *im, const struct stage *stage,
		  struct kvfile *meta)
{
	int r = im->is_app ? 0 : make_bootable(source, stage);

	if (r != 0)
		return r;
	describe(source, im->is_app ? im->base_fd : stage->fd, meta);
	return im->is_app ? appimport_finish(im, stage, meta) : 0;
}

static int import(const struct store *s, const char *name, struct source *source, struct appimport *im)
{
	cleanup_stage struct stage stage = STAGE_INIT;
	cleanup_kvfile struct kvfile meta = KVFILE_INIT;
	bool replace = arg_force || arg_add_app;
	int r = stage_begin(s, name, replace, &stage);

	if (r >= 0)
		r = appimport_begin(im, &stage);
	if (r < 0)
		return r;
	source->place = appimport_place;
	source->place_data = im;
	log_notice("importing '%s' from '%s'", name, source->name);
	r = source_unpack(source, &stage, &meta);
	if (r == 0)
		r = finish(source, im, &stage, &meta);
	if (r != 0)
		return r;
	r = stage_commit(&stage, &meta, replace);
	if (r >= 0)
		printf("%s\n", name);
	return r;
}

static int no_name_suggested(const char *source, const char *wrong)
{
	cleanup_free char *shown = redact(source), *name = source_suggest_name(shown);

	if (!*name)
		return usage_error("the source suggests no name, give one: sdme fs import NAME SOURCE");
	return usage_error("the source suggests '%s', which cannot be a name (%s); "
			   "give one: sdme fs import NAME SOURCE",
			   name, wrong);
}

/* The operands are NAME SOURCE, or SOURCE. */
static int read_operands(const struct args *args, const char **ret_source, char **ret_name)
{
	cleanup_free char *name = NULL, *shown = redact(args->argv[0]);
	const char *wrong;

	if (args->argc == 2 && arg_name)
		return usage_error("two names given: '%s' and --name '%s'", shown, arg_name);
	*ret_source = args->argv[args->argc - 1];
	if (!**ret_source)
		return usage_error("the source cannot be empty");
	if (args->argc == 2)
		name = xstrdup(args->argv[0]);
	else
		name = arg_name ? xstrdup(arg_name) : source_suggest_name(*ret_source);
	wrong = check_name(name);
	if (wrong && args->argc == 1 && !arg_name)
		return no_name_suggested(*ret_source, wrong);
	if (wrong)
		return usage_error("'%s' cannot be a name: %s", arg_name ? arg_name : shown, wrong);
	*ret_name = TAKE_PTR(name);
	return 0;
}

/* The option that only images have, of those that are given. */
static const char *image_option(void)
{
	return arg_platform.os	    ? "--platform"
	       : arg_mode	    ? "--oci-mode"
	       : arg_base	    ? "--base-fs"
	       : arg_add_app	    ? "--add-app"
	       : arg_app	    ? "--app"
				    : NULL;
}

/* Options of applications that contradict each other. */
static int check_app_options(const struct args *args)
{
	const char *wrong = arg_app ? check_name(arg_app) : NULL;

	if (wrong)
		return usage_error("--app: '%s' cannot be a name: %s", arg_app, wrong);
	if (arg_mode == OCI_MODE_BASE && (arg_base || arg_add_app || arg_app))
		return usage_error("%s is of applications, and --oci-mode=base makes none",
				   arg_base ? "--base-fs" : arg_add_app ? "--add-app" : "--app");
	if (arg_add_app && arg_base)
		return usage_error("--add-app adds to what has a base, --base-fs is for the first application");
	if (arg_add_app && args->argc == 1 && !arg_name)
		return usage_error("--add-app needs the name of a root filesystem: sdme fs import NAME SOURCE --add-app");
	return 0;
}

/* Options that are of sources of another kind. */
static int check_options(const struct source *s)
{
	if (has_sha256 && !source_has_digest(s))
		return usage_error("--sha256 is of a file, and '%s' is none", s->name);
	if (s->url && arg_pull.offline)
		return usage_error("'%s' is no image of a registry: it is fetched each time, not with --offline",
				   s->name);
	if (arg_pull.is_given && s->kind != SOURCE_REGISTRY)
		return usage_error("'%s' is no image of a registry, and --pull is for those", s->name);
	return source_check_image(s);
}

static int run(const struct args *args)
{
	cleanup_store struct store s = STORE_INIT;
	cleanup_source struct source source = SOURCE_INIT;
	cleanup_appimport struct appimport im = APPIMPORT_INIT;
	cleanup_free char *name = NULL, *suggested = NULL;
	const char *text = NULL;
	int r = read_operands(args, &text, &name);

	if (r == 0)
		r = option_pull_check(&arg_pull);
	if (r == 0)
		r = check_app_options(args);
	if (r != 0)
		return r;
	if (arg_quiet)
		log_set_max(LOG_LEVEL_WARNING);
	r = store_open(STORE_WRITE, global_args.config, &s);
	if (r >= 0)
		r = source_open(text, s.config.default_registry, &source);
	source.image_option = image_option();
	if (r >= 0)
		r = check_options(&source);
	if (r != 0)
		return r;
	if (source.kind == SOURCE_REGISTRY || arg_add_app)
		suggested = source_suggest_name(text);
	if (!arg_platform.os)
		platform_set_host(&arg_platform);
	source.platform = &arg_platform;
	source.pull = arg_pull.policy;
	source.digest = has_sha256 ? &arg_sha256 : NULL;
	if (s.config.auto_fs_gc)
		(void)stage_gc(
			&s); /* has told what it could not remove; that is no reason to stop */
	im.mode = arg_mode;
	im.base = arg_base;
	im.app = arg_app;
	im.suggested = suggested;
	im.add = arg_add_app;
	im.force = arg_force;
	im.source = source.name;
	return import(&s, name, &source, &im);
}

const struct applet applet_fs_import = {
	.name = "sdme-fs-import",
	.summary = "Make a root filesystem of a tree, an archive or an image",
	.synopsis = "[NAME] SOURCE",
	.examples = "  sudo sdme fs import debian ./debian-root\n"
		    "  sudo sdme fs import docker.io/ubuntu:24.04\n"
		    "  sudo sdme fs import nginx docker.io/nginx --base-fs=ubuntu\n"
		    "  sudo sdme fs import https-proxy.tar.zst --name proxy\n"
		    "  sudo sdme fs import https://example.com/debian.tar.xz --sha256 HEX\n"
		    "  sudo sdme fs import cloud debian-12-genericcloud-amd64.qcow2\n"
		    "  mmdebstrap --include=systemd,dbus stable - | sudo sdme fs import debian -\n",
	.opts = opts,
	.operands = { WORDS_FILE, WORDS_FILE },
	.min_operands = 1,
	.max_operands = 2,
	.flags = APPLET_ROOT,
	.run = run,
};
