/* SPDX-License-Identifier: MIT */
#include "image/appimport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/root.h"
#include "app/unit.h"
#include "app/user.h"
#include "app/volume.h"
#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/copytree.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/signalname.h"
#include "base/strbuf.h"
#include "container/applayer.h"
#include "container/bootable.h"
#include "container/rootfs.h"
#include "host/overlay.h"
#include "oci/classify.h"

/* What execve(2) takes of arguments and variables together, with the usual limit of the stack, less some for
 * variables that come later. */
#define EXEC_MAX ((2 * 1024 - 64) * 1024)

/* What stage_commit() adds to the meta, at most. */
#define TREE_LINE 64

static const char *const mode_words[] = { "auto", "base", "app", "connector" };

int oci_mode_parse(const char *word, enum oci_mode *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(mode_words); i++) {
		if (streq(word, mode_words[i])) {
			*ret = (enum oci_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* --- the base ----------------------------------------------------------------------------- */

static int check_depth(const struct store *s, const char *base)
{
	int fds[OVERLAY_LOWER_MAX], n = rootfs_layers(s, base, fds, OVERLAY_LOWER_MAX);

	for (int i = 0; i < n; i++)
		close(fds[i]);
	if (n == OVERLAY_LOWER_MAX)
		return log_error_code(-ELOOP, "'%s' cannot be a base: with it, %d layers are stacked already", base, n);
	return n < 0 ? n : 0;
}

static int check_base(const struct appimport *im)
{
	cleanup_bootable struct bootable b = BOOTABLE_INIT;
	cleanup_strv struct strv apps = STRV_INIT;
	cleanup_free char *lacks = NULL;
	int r = app_list(im->base_fd, &apps);

	if (r < 0)
		return log_error_errno(r, "cannot read the root filesystem '%s'", im->base_name);
	if (apps.n > 0)
		return log_error_code(-EINVAL, "'%s' cannot be a base: it has applications already (sdme fs import %s SOURCE --add-app puts one more there)",
				      im->base_name, im->base_name);
	bootable_read(im->base_fd, &b);
	lacks = bootable_lacks(&b);
	if (lacks && !im->force)
		return log_error_code(-EINVAL, "'%s' cannot be a base: it has %s (--force takes it nevertheless)",
				      im->base_name, lacks);
	if (lacks)
		log_warning("the base '%s' has %s: containers will not boot", im->base_name, lacks);
	return 0;
}

static int open_base(struct appimport *im, const struct stage *stage, const char *name)
{
	const struct store *s = stage->store;
	int r = streq(name, stage->name) ? log_error_code(-EINVAL, "'%s' cannot be its own base", name)
					 : rootfs_check(s, name);

	if (r < 0)
		return r;
	im->base_name = xstrdup(name);
	im->base_lock = store_lock(s, "fs", name, LOCK_MODE_SHARED);
	if (im->base_lock < 0)
		return im->base_lock;
	r = check_depth(s, name);
	if (r < 0)
		return r;
	im->base_fd = rootfs_view(s, name);
	return im->base_fd < 0 ? im->base_fd : check_base(im);
}

static int open_default_base(struct appimport *im, const struct image_config *config,
			     const struct stage *stage)
{
	const char *name = stage->store->config.default_base_fs;
	cleanup_free char *command = NULL;

	if (*name)
		return open_base(im, stage, name);
	command = image_command_text(config);
	return log_error_code(-EINVAL, "'%s' is an application (%.400s), which needs a base: name one with --base-fs, or with default_base_fs of sdme.conf(5); --oci-mode=base imports it as a system of its own",
			      im->source, command);
}

/* --- before there is an image ------------------------------------------------------------- */

static void choose_name(struct appimport *im, const struct stage *stage)
{
	cleanup_free char *name = xstrdup(im->suggested ? im->suggested : "");

	for (char *p = name; *p; p++) {
		if (*p == '_' || *p == '.')
			*p = '-';
	}
	im->name = xstrdup(im->app ? im->app : app_name_is_valid(name) ? name : stage->name);
}

/* Whether those that are there leave room for it. */
static int check_old(const struct appimport *im, const struct stage *stage, const struct strv *apps)
{
	cleanup_free char *connector = applayer_connector(im->old_fd);
	cleanup_app struct app old = APP_INIT;
	cleanup_free char *message = NULL;
	bool is_there = strv_contains(apps, im->name);

	if (apps->n == 0)
		return log_error_code(-EINVAL, "'%s' has no applications that one could be added to: import the first with --base-fs",
				      stage->name);
	if (is_there && !im->force)
		return log_error_code(-EEXIST, "there is an application '%s' in '%s' already (--force replaces it, --app NAME has this one called otherwise)",
				      im->name, stage->name);
	if (im->mode != OCI_MODE_CONNECTOR || !connector)
		return 0;
	if (is_there && app_read(im->old_fd, im->name, &old, &message) >= 0 && old.connector)
		return 0;
	return log_error_code(-EEXIST, "'%s' has a connector already", stage->name);
}

/* The layer that is there, and its base. */
static int open_old(struct appimport *im, const struct stage *stage)
{
	const struct store *s = stage->store;
	cleanup_kvfile struct kvfile meta = KVFILE_INIT;
	cleanup_strv struct strv apps = STRV_INIT;
	int r = rootfs_check(s, stage->name);
	const char *base;

	if (r < 0)
		return r;
	im->old_fd = openat(s->fs_fd, stage->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = im->old_fd < 0 ? -errno : app_list(im->old_fd, &apps);
	if (r >= 0)
		r = rootfs_read_meta(s, stage->name, &meta);
	if (r < 0)
		return log_error_errno(r, "cannot read the root filesystem '%s'", stage->name);
	base = rootfs_meta_base(&meta);
	if (!base)
		strv_done(&apps);
	r = check_old(im, stage, &apps);
	return r < 0 ? r : open_base(im, stage, base);
}

static int check_connector(const struct stage *stage)
{
	cleanup_free char *path = app_connector_socket(stage->name);

	return path ? 0 : log_error_code(-ENAMETOOLONG, "'%s' is too long a name for a connector, whose socket has it twice in its path",
					 stage->name);
}

int appimport_begin(struct appimport *im, const struct stage *stage)
{
	int r = im->mode == OCI_MODE_CONNECTOR ? check_connector(stage) : 0;

	if (r < 0)
		return r;
	choose_name(im, stage);
	if (im->add)
		return open_old(im, stage);
	return im->base ? open_base(im, stage, im->base) : 0;
}

/* --- what the image says ------------------------------------------------------------------ */

/* Of variables that are there twice, the later one counts. */
static void take_env(struct appimport *im, const struct strv *env)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *s = env->v[i];
		size_t n = strcspn(s, "=") + 1, j = i + 1;

		while (j < env->n && strncmp(env->v[j], s, n) != 0)
			j++;
		if (j == env->n)
			strv_add(strchr(s, '\n') || *s == '#' ? &im->config.env : &im->env, s);
	}
}

static void take_health(struct appimport *im, const struct image_healthcheck *h)
{
	struct app_health *to = &im->config.health;
	const char *kind = h->test.n > 0 ? h->test.v[0] : "NONE";

	if (streq(kind, "NONE"))
		return;
	if (h->test.n < 2 || (!streq(kind, "CMD") && !streq(kind, "CMD-SHELL"))) {
		log_warning("'%s': its Healthcheck is of no form that is known, and is left out", im->source);
		return;
	}
	strv_add_all(&to->test, &h->test);
	to->interval_ns = h->interval_ns;
	to->timeout_ns = h->timeout_ns;
	to->start_period_ns = h->start_period_ns;
	to->start_interval_ns = h->start_interval_ns;
	to->retries = h->retries;
}

static void take_volumes(struct appimport *im, const struct strv *volumes)
{
	STRV_FOREACH(path, volumes) {
		if (app_volume_is_allowed(path))
			strv_add(&im->volumes, path);
		else
			log_warning("'%s': '%s' cannot be a volume, and is left out", im->source, path);
	}
}

static size_t exec_size(const struct strv *list)
{
	size_t size = 0;

	STRV_FOREACH(s, list)
		size += strlen(s) + 1 + sizeof(char *);
	return size;
}

static int check_command(const struct appimport *im)
{
	const struct strv *argv = &im->config.argv;

	if (argv->n == 0)
		return log_error_code(-EINVAL, "cannot import '%s' as an application: it has neither Entrypoint nor Cmd, so there is nothing to run (--oci-mode=base imports it as a system)",
				      im->source);
	if (!*argv->v[0])
		return log_error_code(-EINVAL, "cannot import '%s': the name of its program is empty", im->source);
	if (exec_size(argv) + exec_size(&im->env) + exec_size(&im->config.env) > EXEC_MAX)
		return log_error_code(-E2BIG, "cannot import '%s': its command and its environment are longer than a program's may be",
				      im->source);
	return 0;
}

static int take_config(struct appimport *im, const struct image_config *c)
{
	struct app *app = &im->config;

	strv_add_all(&app->argv, &c->entrypoint);
	strv_add_all(&app->argv, &c->cmd);
	app->user = xstrdup_null(c->user);
	app->working_dir = xstrdup_null(c->working_dir);
	app->stop_signal = c->stop_signal ? signal_text(signal_parse(c->stop_signal)) : NULL;
	app->capabilities = app_default_capabilities;
	app->connector = im->mode == OCI_MODE_CONNECTOR;
	take_env(im, &c->env);
	take_health(im, &c->healthcheck);
	strv_add_all(&im->ports, &c->ports);
	take_volumes(im, &c->volumes);
	return check_command(im);
}

/* --- its place ---------------------------------------------------------------------------- */

static struct upper layer_of(const struct appimport *im, const struct stage *stage)
{
	return (struct upper){ im->base_fd, stage->fd };
}

/* The stage gets what is there already. */
static int copy_old(const struct appimport *im, const struct stage *stage)
{
	const struct copytree copy = {
		.from_fd = im->old_fd, .to_fd = stage->fd, .except_fd = -1, .is_layer = true
	};
	const struct upper u = layer_of(im, stage);
	cleanup_free char *path = NULL;
	int r = copytree(&copy, &path);

	if (r == -EINTR)
		return r;
	if (r < 0)
		return log_error_code(r, "cannot copy '%s/fs/%s/%s': %s", stage->store->config.datadir, stage->name,
				      path ? path : "", store_write_error(r));
	return applayer_remove(&u, im->name);
}

static int make_place(const struct appimport *im, const struct stage *stage, int *ret_fd)
{
	cleanup_free char *path = xasprintf(APP_DIR "/%s/root", im->name);
	const struct upper u = layer_of(im, stage);
	int r = im->add ? copy_old(im, stage) : 0;

	if (r < 0)
		return r;
	*ret_fd = upper_open_dir(&u, path);
	if (*ret_fd == -ENOTDIR)
		return log_error_code(-ENOTDIR, "'%s' cannot be a base: its /" APP_DIR " is no directory, or behind a symbolic link",
				      im->base_name);
	return *ret_fd < 0 ? log_error_errno(*ret_fd, "cannot make '/%s' in the root filesystem", path) : 0;
}

static int place_system(const struct appimport *im, const struct image_config *config, int to_fd, int *ret_fd)
{
	cleanup_free char *command = NULL;

	if (im->base) {
		command = image_command_text(config);
		return usage_error("'%s' is a system (%.400s), and --base-fs is for applications; --oci-mode=app imports it as one",
				   im->source, command);
	}
	*ret_fd = fcntl(to_fd, F_DUPFD_CLOEXEC, 3);
	return *ret_fd < 0 ? log_error_errno(-errno, "cannot unpack '%s'", im->source) : 0;
}

int appimport_place(const struct image_config *config, struct stage *stage, void *data, int *ret_fd)
{
	struct appimport *im = data;
	int r = 0;

	im->is_app = im->mode == OCI_MODE_AUTO ? im->add || !image_is_system(config) : im->mode != OCI_MODE_BASE;
	if (!im->is_app)
		return place_system(im, config, stage->fd, ret_fd);
	if (im->base_fd < 0)
		r = open_default_base(im, config, stage);
	if (r >= 0)
		r = take_config(im, config);
	if (r < 0)
		return r;
	log_notice("it is an application, '%s', on the base '%s'", im->name, im->base_name);
	return make_place(im, stage, ret_fd);
}

/* --- the rest ----------------------------------------------------------------------------- */

static int write_lines(int app_fd, const char *name, const struct strv *lines, mode_t mode)
{
	cleanup_free char *joined = strv_join(lines, "\n"), *text = xasprintf("%s%s", joined, lines->n > 0 ? "\n" : "");

	return write_file_atomic_at(app_fd, name, text, mode, WRITE_NO_SYNC);
}

static int write_files(const struct appimport *im, int app_fd)
{
	int r = write_lines(app_fd, "env", &im->env, 0600); /* there are secrets in it sooner or later */

	if (r >= 0)
		r = write_lines(app_fd, "ports", &im->ports, 0644);
	if (r >= 0)
		r = write_lines(app_fd, "volumes", &im->volumes, 0644);
	if (r >= 0)
		r = app_write(app_fd, &im->config);
	return r < 0 ? log_error_errno(r, "cannot write the files of the application '%s'", im->name) : 0;
}

static int complete_root(const struct appimport *im, int app_fd)
{
	cleanup_close int fd = openat(app_fd, "root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : app_root_prepare(fd);

	if (r == -ENOTDIR)
		return log_error_code(r, "cannot import '%s': its /dev, /proc or /sys is no directory", im->source);
	return r < 0 ? log_error_errno(r, "cannot complete the tree of '%s'", im->source) : 0;
}

/* Who it runs as is looked up when it starts: now is the time to say that there is nobody of that name. */
static int check_user(const struct appimport *im, int app_fd)
{
	cleanup_app_user struct app_user user = APP_USER_INIT;
	cleanup_close int fd = openat(app_fd, "root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_free char *message = NULL;
	int r = fd < 0 ? -errno : app_user_find(fd, im->config.user, &user, &message);

	return r < 0 ? log_error_code(r, "cannot import '%s': %s", im->source, message ? message : strerror(-r)) : 0;
}

static int finish_app(const struct appimport *im, const struct stage *stage)
{
	cleanup_free char *path = xasprintf(APP_DIR "/%s", im->name);
	cleanup_close int app_fd = open_in_root(stage->fd, path, O_RDONLY | O_DIRECTORY, 0);
	int r;

	if (app_fd < 0)
		return log_error_errno(app_fd, "cannot open '/%s' in the root filesystem", path);
	r = complete_root(im, app_fd);
	if (r >= 0)
		r = check_user(im, app_fd);
	return r < 0 ? r : write_files(im, app_fd);
}

static int finish_layer(const struct appimport *im, const struct stage *stage)
{
	const struct upper u = layer_of(im, stage);
	const char *connector = im->mode == OCI_MODE_CONNECTOR ? stage->name : NULL;
	int r = applayer_add(&u, im->name, &im->config, connector);

	if (r >= 0)
		r = applayer_settle(&u);
	if (r < 0 || im->add)
		return r;
	r = upper_match(&u);
	return r < 0 ? log_error_errno(r, "cannot make the directories of '%s' look as those of its base", stage->name) : 0;
}

/* What is known of each application; of the only one it is what is known of the root filesystem, too. */
static int finish_meta(const struct appimport *im, const struct stage *stage, struct kvfile *meta)
{
	static const char *const keys[] = { "SOURCE", "IMPORTED", "MANIFEST", "CONFIG", "LAYERS" };
	cleanup_kvfile struct kvfile old = KVFILE_INIT;
	cleanup_free char *prefix = xasprintf("APP.%s.", im->name), *text = NULL;
	cleanup_strv struct strv apps = STRV_INIT;
	int r = app_list(stage->fd, &apps);

	if (r >= 0 && im->add)
		r = rootfs_read_meta(stage->store, stage->name, &old);
	if (r < 0)
		return log_error_errno(r, "cannot read what is known of '%s'", stage->name);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		cleanup_free char *key = xasprintf("%s%s", prefix, keys[i]);

		kvfile_set(meta, key, kvfile_get(meta, keys[i]));
		if (apps.n > 1 && !streq(keys[i], "IMPORTED"))
			kvfile_set(meta, keys[i], NULL);
	}
	for (size_t i = 0; i < old.n; i++) {
		if (after_prefix(old.pairs[i].key, "APP.") && !after_prefix(old.pairs[i].key, prefix))
			kvfile_set(meta, old.pairs[i].key, old.pairs[i].value);
	}
	kvfile_set(meta, "BASE", im->base_name);
	text = kvfile_format(meta);
	return strlen(text) < KVFILE_MAX - TREE_LINE ? 0
						     : log_error_code(-E2BIG, "'%s' has too many applications with too many layers", stage->name);
}

int appimport_finish(const struct appimport *im, const struct stage *stage, struct kvfile *meta)
{
	int r = finish_app(im, stage);

	if (r >= 0)
		r = finish_layer(im, stage);
	return r < 0 ? r : finish_meta(im, stage, meta);
}

void appimport_done(struct appimport *im)
{
	free(im->name);
	app_done(&im->config);
	strv_done(&im->env);
	strv_done(&im->ports);
	strv_done(&im->volumes);
	free(im->base_name);
	if (im->base_fd >= 0)
		close(im->base_fd);
	if (im->old_fd >= 0)
		close(im->old_fd);
	if (im->base_lock >= 0)
		close(im->base_lock);
	*im = (struct appimport)APPIMPORT_INIT;
}
