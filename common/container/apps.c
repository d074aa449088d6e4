/* SPDX-License-Identifier: MIT */
#include "container/apps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/app.h"
#include "app/unit.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "container/rootfs.h"
#include "container/value.h"
#include "container/volumes.h"
#include "host/overlay.h"

void app_choices_done(struct app_choices *choices)
{
	strv_done(&choices->env);
	free(choices->restart);
	choices->restart = NULL;
}

/* The application that is meant: wanted, or the only one when that is NULL. NULL after a message, of what
 * has them. */
static const char *choose(const struct strv *apps, const char *wanted, const char *what, const char *name)
{
	cleanup_free char *names = strv_join(apps, ", ");

	if (wanted && strv_contains(apps, wanted))
		return wanted;
	if (apps->n == 0)
		log_error("%s '%s' has no application of an image, which --oci is for", what, name);
	else if (wanted)
		log_error("%s '%s' has no application '%s', it has: %s", what, name, wanted, names);
	else if (apps->n > 1)
		log_error("%s '%s' has several applications, say which: %s", what, name, names);
	else
		return apps->v[0];
	return NULL;
}

/* --- variables ---------------------------------------------------------------------------- */

/* APP:NAME=VALUE; a NAME has no colon. */
static char *named_app(const char *entry)
{
	size_t n = strcspn(entry, ":=");

	return entry[n] == ':' ? xstrndup(entry, n) : NULL;
}

/* The variables of choices->env for an application, without its name. */
static int variables_of(const struct strv *apps, const struct app_choices *choices, const char *app,
			const char *rootfs, struct strv *ret)
{
	STRV_FOREACH(entry, &choices->env) {
		cleanup_free char *named = named_app(entry);
		const char *wanted = choose(apps, named, "the root filesystem", rootfs);

		if (!wanted)
			return -EINVAL;
		if (streq(wanted, app))
			strv_add(ret, named ? strchr(entry, ':') + 1 : entry);
	}
	return 0;
}

/* Those of more than one line are kept where the image's own are; a line of the same name would hide
 * them. */
static void keep_in_json(struct app *app, struct strbuf *text, const char *variable)
{
	size_t n = (size_t)(strchr(variable, '=') - variable) + 1;
	cleanup_strv struct strv lines = STRV_INIT;

	strv_split(&lines, strbuf_str(text), '\n');
	strbuf_clear(text);
	STRV_FOREACH(line, &lines) {
		if (*line && strncmp(line, variable, n) != 0)
			strbuf_addf(text, "%s\n", line);
	}
	app_set_variable(&app->env, variable);
}

static int read_env_text(const struct upper *u, const char *app, struct strbuf *text)
{
	cleanup_free char *path = xasprintf(APP_DIR "/%s/env", app), *old = NULL;
	int r = read_file_in_root(u->lower_fd, path, APP_FILE_MAX, &old);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	strbuf_add_str(text, old);
	if (text->len > 0 && !has_suffix(old, "\n"))
		strbuf_add_char(text, '\n');
	return 0;
}

static int write_app_json(const struct upper *u, const char *name, const struct app *app)
{
	cleanup_free char *dir = xasprintf(APP_DIR "/%s", name);
	cleanup_close int fd = upper_open_dir(u, dir);
	int r = fd < 0 ? fd : app_write(fd, app);

	return r < 0 ? log_error_errno(r, "cannot write '/%s/app.json' of the container", dir) : 0;
}

static int set_env(const struct strv *apps, const struct app_choices *choices, const struct upper *u,
		   const char *name, const char *rootfs)
{
	cleanup_strv struct strv variables = STRV_INIT;
	cleanup_app struct app app = APP_INIT;
	cleanup_free char *message = NULL, *path = xasprintf(APP_DIR "/%s/env", name);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	bool json = false;
	int r = variables_of(apps, choices, name, rootfs, &variables);

	if (r >= 0 && variables.n > 0)
		r = json_load();
	if (r < 0 || variables.n == 0)
		return r;
	r = app_read(u->lower_fd, name, &app, &message);
	if (r < 0)
		return log_error_code(r, "cannot read the application '%s': %s", name, message);
	r = read_env_text(u, name, &text);
	if (r < 0)
		return log_error_errno(r, "cannot read '/%s'", path);
	STRV_FOREACH(variable, &variables) {
		if (strchr(variable, '\n')) {
			keep_in_json(&app, &text, variable);
			json = true;
		} else {
			strbuf_addf(&text, "%s\n", variable);
		}
	}
	r = json ? write_app_json(u, name, &app) : 0;
	return r < 0 ? r : upper_put_file(u, path, strbuf_str(&text), 0600);
}

/* --- ports -------------------------------------------------------------------------------- */

static bool is_forwarded(const struct container *c, const char *protocol, const char *port)
{
	STRV_FOREACH(spec, &c->ports) {
		const char *rest = after_prefix(spec, protocol);

		if (rest && *rest == ':' && streq(strrchr(rest, ':') + 1, port))
			return true;
	}
	return false;
}

/* PORT/PROTOCOL of the image. What systemd-nspawn cannot forward is left to the network between
 * containers. */
static void add_port(struct container *c, const char *text, struct strbuf *told)
{
	cleanup_free char *port = xstrndup(text, strcspn(text, "/"));
	const char *protocol = text[strlen(port)] ? text + strlen(port) + 1 : "tcp";
	cleanup_free char *spec = xasprintf("%s:%s:%s", protocol, port, port);

	if (check_port(spec) || is_forwarded(c, protocol, port))
		return;
	strbuf_addf(told, "%s%s", told->len > 0 ? ", " : "", text);
	if (container_has_interface(c))
		strv_add(&c->ports, spec);
}

static int add_ports_of(struct container *c, const char *app, const struct upper *u, struct strbuf *told)
{
	cleanup_strv struct strv ports = STRV_INIT;
	int r = app_read_lines(u->lower_fd, app, "ports", &ports);

	if (r < 0)
		return log_error_errno(r, "cannot read the ports of the application '%s'", app);
	STRV_FOREACH(port, &ports)
		add_port(c, port, told);
	return 0;
}

/* ip(7), ip_unprivileged_port_start: below it, a user namespace has no say on a network that is not
 * its own. */
static uint64_t first_free_port(void)
{
	cleanup_free char *text = NULL;
	uint64_t first = 1024;

	if (read_file_at(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", 64, &text) >= 0) {
		text[strcspn(text, "\n")] = '\0';
		(void)parse_u64(text, 0, 65535, &first);
	}
	return first;
}

/* told: PORT/PROTOCOL, ... */
static void tell_of_low_ports(const struct container *c, const struct strbuf *told)
{
	cleanup_strv struct strv ports = STRV_INIT;
	uint64_t first = c->userns ? first_free_port() : 0;

	strv_split(&ports, strbuf_str(told), ',');
	STRV_FOREACH(port, &ports) {
		if (strtoull(port + strspn(port, " "), NULL, 10) >= first)
			continue;
		log_warning("in a user namespace, nothing can listen on a port of the host below %llu; "
			    "--network-veth gives the container a network of its own",
			    (unsigned long long)first);
		return;
	}
}

static int add_ports(struct container *c, const struct strv *apps, const struct upper *u)
{
	cleanup_strbuf struct strbuf told = STRBUF_INIT;

	STRV_FOREACH(app, apps) {
		int r = add_ports_of(c, app, u, &told);

		if (r < 0)
			return r;
	}
	if (told.len > 0 && container_has_interface(c))
		log_notice("forwarding the ports of the image: %s", strbuf_str(&told));
	else if (told.len > 0 && !c->private_network) {
		log_notice("the network is the host's, and so are the ports of the image: %s", strbuf_str(&told));
		tell_of_low_ports(c, &told);
	}
	return 0;
}

/* --- the unit ----------------------------------------------------------------------------- */

/* systemd.service(5), Restart=; systemd.unit(5), StartLimitIntervalSec=. */
static void add_restart(struct strbuf *s, const char *policy, const struct config *config)
{
	const char *most = after_prefix(policy, "on-failure:");
	uint64_t n = 0;

	if (streq(policy, "no")) {
		strbuf_add_str(s, "[Service]\nRestart=no\n");
		return;
	}
	if (most && parse_u64(most, 1, APP_RESTARTS_MAX, &n) == 0)
		strbuf_addf(s, "[Unit]\nStartLimitIntervalSec=infinity\nStartLimitBurst=%llu\n",
			    (unsigned long long)n + 1);
	else
		strbuf_add_str(s, "[Unit]\nStartLimitIntervalSec=0\n");
	strbuf_addf(s, "[Service]\nRestart=%s\nRestartSec=%llu\n", *policy == 'o' ? "on-failure" : "always",
		    (unsigned long long)config->restart_sec);
}

static int write_drop_in(const struct store *s, const struct app_choices *choices, const struct upper *u,
			 const char *app)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_free char *unit = app_unit_path(u->lower_fd, app), *path = NULL;

	if (choices->restart)
		add_restart(&text, choices->restart, &s->config);
	if (choices->no_healthcheck)
		strbuf_addf(&text, "[Service]\nExecStart=\nExecStart=" APP_INIT_PATH " --no-healthcheck %s\n", app);
	if (text.len == 0)
		return 0;
	path = xasprintf("%s.d/50-sdme.conf", unit);
	return upper_put_file(u, path, strbuf_str(&text), 0644);
}

/* ------------------------------------------------------------------------------------------ */

static int check_choices(const struct container *c, const struct strv *apps,
			 const struct app_choices *choices)
{
	const char *given = choices->env.n > 0	      ? "--oci-env"
			    : choices->restart	      ? "--oci-restart"
			    : choices->no_healthcheck ? "--no-healthcheck"
			    : choices->no_ports	      ? "--no-oci-ports"
			    : choices->no_volumes     ? "--no-oci-volumes"
						      : NULL;

	if (!given || apps->n > 0)
		return 0;
	if (container_is_host_clone(c))
		return log_error_code(-EINVAL, "%s is for applications of images, and a clone of the host has none", given);
	return log_error_code(-EINVAL, "%s is for applications of images, and the root filesystem '%s' has none", given,
			      c->rootfs);
}

int apps_set_up(const struct store *s, struct container *c, const struct app_choices *choices,
		const struct upper *u, struct strv *made)
{
	cleanup_strv struct strv apps = STRV_INIT;
	int r = container_is_host_clone(c) ? 0 : app_list(u->lower_fd, &apps);

	if (r < 0)
		return log_error_errno(r, "cannot read the applications of the root filesystem '%s'", c->rootfs);
	r = check_choices(c, &apps, choices);
	STRV_FOREACH(app, &apps) {
		if (r >= 0)
			r = set_env(&apps, choices, u, app, c->rootfs);
		if (r >= 0)
			r = write_drop_in(s, choices, u, app);
		if (r >= 0 && !choices->no_volumes)
			r = volumes_add(s, c, app, u, made);
	}
	return r < 0 || choices->no_ports ? r : add_ports(c, &apps, u);
}

/* --- which one is meant ------------------------------------------------------------------- */

int apps_of(const struct store *s, const struct container *c, struct strv *apps)
{
	int fds[OVERLAY_LOWER_MAX], n, r = 0;

	if (container_is_host_clone(c))
		return 0;
	n = rootfs_layers(s, c->rootfs, fds, OVERLAY_LOWER_MAX);
	for (int i = 0; i < n; i++) {
		cleanup_strv struct strv of_layer = STRV_INIT;

		if (r >= 0)
			r = app_list(fds[i], &of_layer);
		close(fds[i]);
		STRV_FOREACH(app, &of_layer) {
			if (!strv_contains(apps, app))
				strv_add(apps, app);
		}
	}
	strv_sort(apps);
	return r < 0 ? log_error_errno(r, "cannot read the applications of container '%s'", c->name) : n < 0 ? n : 0;
}

/* Silent. */
static bool has_app(const struct store *s, const char *container, const char *app)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_strv struct strv apps = STRV_INIT;
	cleanup_free char *message = NULL;

	return !check_name(container) && container_read(s, container, &c, &message) >= 0 &&
	       !container_is_host_clone(&c) && exists_at(s->fs_fd, c.rootfs) && apps_of(s, &c, &apps) >= 0 &&
	       strv_contains(&apps, app);
}

/* Whether the word after NAME says which application. n words follow NAME. */
static bool is_app_word(const struct args *args, int n, const struct strv *apps, const char *first,
			enum app_word word)
{
	if (n == 0 || args->dashes == 1)
		return false;
	/* Where options have ended by then, "--" is a word. */
	if (args->dashes == 2 || (n > 1 && streq(args->argv[2], "--")) || apps->n > 1)
		return true;
	switch (word) {
	case APP_WORD_NEEDED:
		return false;
	case APP_WORD_LAST:
		return n == 1 && strv_contains(apps, first);
	case APP_WORD_NAME:
		break;
	}
	return !check_name(first);
}

static int read_in_order(const struct store *s, const struct args *args, enum app_word word,
			 struct app_operands *ret)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_strv struct strv apps = STRV_INIT;
	const char *chosen = NULL;
	int r = store_resolve(s, args->argv[0], &ret->container);

	if (r >= 0)
		r = container_load(s, ret->container, &c);
	if (r >= 0)
		r = apps_of(s, &c, &apps);
	if (r < 0)
		return r;
	ret->rest = args->argv + 1;
	if (is_app_word(args, args->argc - 1, &apps, args->argv[1], word))
		chosen = *ret->rest++;
	if (chosen && *ret->rest && streq(*ret->rest, "--"))
		ret->rest++;
	chosen = choose(&apps, chosen, "container", ret->container);
	if (!chosen)
		return -EINVAL;
	ret->app = xstrdup(chosen);
	return 0;
}

int apps_read_operands(const struct store *s, const struct args *args, enum app_word word,
		       struct app_operands *ret)
{
	if (args->argc < 2 || !has_app(s, args->argv[1], args->argv[0]))
		return read_in_order(s, args, word, ret);
	ret->app = xstrdup(args->argv[0]);
	ret->container = xstrdup(args->argv[1]);
	ret->rest = args->argv + 2;
	return 0;
}

void app_operands_done(struct app_operands *o)
{
	free(o->container);
	free(o->app);
}
