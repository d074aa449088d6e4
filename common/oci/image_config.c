/* SPDX-License-Identifier: MIT */
#include "oci/image_config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parse.h"
#include "base/signalname.h"
#include "container/value.h"

/* --- strings with a form -------------------------------------------------------------------------- */

/* One line of printable text, and no longer than a name in passwd(5) with a group may be. */
static bool is_user(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f || s[i] == '/')
			return false;
	}
	return len <= 512;
}

/* A path in its normal form; a relative one starts at the root, as docker takes it. NULL if it is none. */
static char *container_path(const char *path)
{
	cleanup_free char *absolute = xasprintf("%s%s", path[0] == '/' ? "" : "/", path);

	if (strlen(absolute) >= PATH_MAX || check_absolute_path(absolute))
		return NULL;
	return normal_path(absolute);
}

static int parse_user(const json_t *object, struct image_config *c, char **ret_message)
{
	const char *user;
	int r = json_get_string(object, "User", &user, ret_message);

	if (r < 0 || !user || !*user)
		return r;
	if (!is_user(user))
		return message_set(ret_message, -EINVAL, "'%.100s' is no User", user);
	c->user = xstrdup(user);
	return 0;
}

static int parse_working_dir(const json_t *object, struct image_config *c, char **ret_message)
{
	const char *dir;
	int r = json_get_string(object, "WorkingDir", &dir, ret_message);

	if (r < 0 || !dir || !*dir)
		return r;
	c->working_dir = container_path(dir);
	return c->working_dir ? 0
			      : message_set(ret_message, -EINVAL, "'%.100s' is no WorkingDir", dir);
}

static int parse_stop_signal(const json_t *object, struct image_config *c, char **ret_message)
{
	const char *name;
	int r = json_get_string(object, "StopSignal", &name, ret_message);

	if (r < 0 || !name || !*name)
		return r;
	if (signal_parse(name) < 0)
		return message_set(ret_message, -EINVAL, "'%.100s' is no StopSignal", name);
	c->stop_signal = xstrdup(name);
	return 0;
}

/* --- lists ---------------------------------------------------------------------------------------- */

static int parse_words(const json_t *object, const char *name, struct strv *list,
		       char **ret_message)
{
	return json_get_strv(object, name, IMAGE_CONFIG_ENTRIES_MAX, IMAGE_CONFIG_STRING_MAX, list,
			     ret_message);
}

/* What has no name or no value sets nothing. (In docker, NAME alone asks for the value that its client
 * has: no image gets at ours.) */
static int parse_env(const json_t *object, struct image_config *c, char **ret_message)
{
	cleanup_strv struct strv all = STRV_INIT;
	int r = parse_words(object, "Env", &all, ret_message);

	if (r < 0)
		return r;
	STRV_FOREACH (s, &all) {
		if (s[0] != '=' && strchr(s, '='))
			strv_add(&c->env, s);
	}
	return 0;
}

/* FIRST[-LAST][/PROTOCOL] */
static int add_port(struct strv *ports, const char *text)
{
	static const char *const protocols[] = { "tcp", "udp", "sctp" };
	cleanup_free char *range = xstrdup(text);
	char *slash = strchr(range, '/'), *protocol = slash ? slash + 1 : NULL, *dash;
	uint64_t first, last;
	size_t i = 0;

	if (slash)
		*slash = '\0';
	while (protocol && i < ARRAY_SIZE(protocols) && !streq(protocol, protocols[i]))
		i++;
	if (i == ARRAY_SIZE(protocols))
		return -EINVAL;
	dash = strchr(range, '-');
	if (dash)
		*dash = '\0';
	if (parse_u64(range, 1, 65535, &first) < 0)
		return -EINVAL;
	last = first;
	if (dash && parse_u64(dash + 1, first, 65535, &last) < 0)
		return -EINVAL;
	if (ports->n + (last - first) >= IMAGE_CONFIG_ENTRIES_MAX)
		return -E2BIG;
	for (; first <= last; first++) {
		cleanup_free char *port = xasprintf("%u/%s", (unsigned)first, protocols[i]);

		if (!strv_contains(ports, port))
			strv_add(ports, port);
	}
	return 0;
}

static int add_volume(struct strv *volumes, const char *text)
{
	cleanup_free char *path = container_path(text);

	if (!path || streq(path, "/"))
		return -EINVAL;
	if (!strv_contains(volumes, path))
		strv_add(volumes, path);
	return 0;
}

/* The keys of an object whose values are empty objects: Go's way to write a set. In byte order. */
static int parse_set(const json_t *object, const char *name,
		     int (*add)(struct strv *list, const char *text), struct strv *list,
		     char **ret_message)
{
	const char *key;
	json_t *set, *value;
	int r = json_get(object, name, JSON_OBJECT, &set, ret_message);

	if (r < 0 || !set)
		return r;
	json_object_foreach(set, key, value)
	{
		if (list->n >= IMAGE_CONFIG_ENTRIES_MAX || (r = add(list, key)) == -E2BIG)
			return message_set(ret_message, -E2BIG, "'%s' has more than %d entries",
					   name, IMAGE_CONFIG_ENTRIES_MAX);
		if (r < 0)
			return message_set(ret_message, r, "'%.100s' is none of the %s", key, name);
	}
	strv_sort(list);
	return 0;
}

static int parse_labels(const json_t *object, struct image_config *c, char **ret_message)
{
	const char *key;
	json_t *labels, *value;
	int r = json_get(object, "Labels", JSON_OBJECT, &labels, ret_message);

	if (r < 0 || !labels)
		return r;
	json_object_foreach(labels, key, value)
	{
		const char *text = json_is_null(value) ? "" : json_string_value(value);

		if (!text)
			return message_set(ret_message, -EINVAL,
					   "the label '%.100s' is not a string", key);
		if (c->label_names.n >= IMAGE_CONFIG_ENTRIES_MAX)
			return message_set(ret_message, -E2BIG, "'Labels' has more than %d entries",
					   IMAGE_CONFIG_ENTRIES_MAX);
		strv_add(&c->label_names, key);
		strv_add(&c->label_values, text);
	}
	return 0;
}

/* --- parts ---------------------------------------------------------------------------------------- */

static int parse_healthcheck(const json_t *object, struct image_healthcheck *h, char **ret_message)
{
	json_t *check;
	int r = json_get(object, "Healthcheck", JSON_OBJECT, &check, ret_message);

	if (r < 0 || !check)
		return r;
	r = parse_words(check, "Test", &h->test, ret_message);
	if (r == 0)
		r = json_get_integer(check, "Interval", &h->interval_ns, ret_message);
	if (r == 0)
		r = json_get_integer(check, "Timeout", &h->timeout_ns, ret_message);
	if (r == 0)
		r = json_get_integer(check, "StartPeriod", &h->start_period_ns, ret_message);
	if (r == 0)
		r = json_get_integer(check, "StartInterval", &h->start_interval_ns, ret_message);
	if (r == 0)
		r = json_get_integer(check, "Retries", &h->retries, ret_message);
	return r < 0 ? message_prefix(ret_message, r, "Healthcheck: ") : 0;
}

static int parse_config(const json_t *object, struct image_config *c, char **ret_message)
{
	json_t *config;
	int r = json_get(object, "config", JSON_OBJECT, &config, ret_message);

	if (r < 0 || !config)
		return r;
	r = parse_user(config, c, ret_message);
	if (r == 0)
		r = parse_working_dir(config, c, ret_message);
	if (r == 0)
		r = parse_stop_signal(config, c, ret_message);
	if (r == 0)
		r = parse_env(config, c, ret_message);
	if (r == 0)
		r = parse_words(config, "Entrypoint", &c->entrypoint, ret_message);
	if (r == 0)
		r = parse_words(config, "Cmd", &c->cmd, ret_message);
	if (r == 0)
		r = parse_set(config, "ExposedPorts", add_port, &c->ports, ret_message);
	if (r == 0)
		r = parse_set(config, "Volumes", add_volume, &c->volumes, ret_message);
	if (r == 0)
		r = parse_labels(config, c, ret_message);
	if (r == 0)
		r = parse_healthcheck(config, &c->healthcheck, ret_message);
	return r < 0 ? message_prefix(ret_message, r, "config: ") : 0;
}

static int parse_platform(const json_t *object, struct image_config *c, char **ret_message)
{
	const char *os, *architecture, *variant;
	int r = json_get_string(object, "os", &os, ret_message);

	if (r == 0)
		r = json_get_string(object, "architecture", &architecture, ret_message);
	if (r == 0)
		r = json_get_string(object, "variant", &variant, ret_message);
	if (r == 0)
		platform_set(&c->platform, os && *os ? os : NULL,
			     architecture && *architecture ? architecture : NULL, variant);
	return r;
}

static int parse_diff_ids(const json_t *rootfs, struct image_config *c, char **ret_message)
{
	cleanup_strv struct strv texts = STRV_INIT;
	int r = json_get_strv(rootfs, "diff_ids", DESCRIPTORS_MAX, DIGEST_TEXT_SIZE - 1, &texts,
			      ret_message);

	if (r < 0)
		return r;
	c->diff_ids = xcalloc(texts.n + 1, sizeof(*c->diff_ids));
	STRV_FOREACH (text, &texts) {
		r = digest_parse(text, &c->diff_ids[c->n_diff_ids]);
		if (r == -ENOTSUP)
			return message_set(ret_message, r,
					   "the algorithm of digest '%s' is not supported", text);
		if (r < 0)
			return message_set(ret_message, r, "'%s' is no digest", text);
		c->n_diff_ids++;
	}
	return 0;
}

static int parse_rootfs(const json_t *object, struct image_config *c, char **ret_message)
{
	const char *type;
	json_t *rootfs;
	int r = json_get(object, "rootfs", JSON_OBJECT, &rootfs, ret_message);

	if (r < 0)
		return r;
	if (!rootfs)
		return message_set(ret_message, -EINVAL, "it has no 'rootfs'");
	r = json_get_string(rootfs, "type", &type, ret_message);
	if (r == 0 && (!type || !streq(type, "layers")))
		r = message_set(ret_message, -EINVAL, "its 'type' is not \"layers\"");
	if (r == 0)
		r = parse_diff_ids(rootfs, c, ret_message);
	return r < 0 ? message_prefix(ret_message, r, "rootfs: ") : 0;
}

int image_config_parse(const char *text, size_t len, struct image_config *ret, char **ret_message)
{
	cleanup_image_config struct image_config c = IMAGE_CONFIG_INIT;
	cleanup_json json_t *object = NULL;
	int r = json_read(text, len, IMAGE_CONFIG_SIZE_MAX, &object, ret_message);

	if (r < 0)
		return r;
	if (!json_is_object(object))
		return message_set(ret_message, -EINVAL, "it is no object");
	r = parse_platform(object, &c, ret_message);
	if (r == 0)
		r = parse_rootfs(object, &c, ret_message);
	if (r == 0)
		r = parse_config(object, &c, ret_message);
	if (r < 0)
		return r;
	*ret = c;
	c = (struct image_config)IMAGE_CONFIG_INIT;
	return 0;
}

int image_config_check(const struct image_config *config, const struct manifest *manifest,
		       const struct platform *wanted, char **ret_message)
{
	if (platform_fit(&config->platform, wanted) == 0) {
		cleanup_free char *has = platform_text(&config->platform),
				  *want = platform_text(wanted);

		return message_set(ret_message, -ENOEXEC, "the image is for %.100s, not for %s (--platform chooses)",
				   has, want);
	}
	if (config->n_diff_ids != manifest->layers.n)
		return message_set(ret_message, -EINVAL,
				   "the configuration names %zu layers, the manifest %zu",
				   config->n_diff_ids, manifest->layers.n);
	return 0;
}

void image_config_done(struct image_config *config)
{
	platform_done(&config->platform);
	free(config->diff_ids);
	free(config->user);
	free(config->working_dir);
	free(config->stop_signal);
	strv_done(&config->env);
	strv_done(&config->entrypoint);
	strv_done(&config->cmd);
	strv_done(&config->ports);
	strv_done(&config->volumes);
	strv_done(&config->label_names);
	strv_done(&config->label_values);
	strv_done(&config->healthcheck.test);
	*config = (struct image_config)IMAGE_CONFIG_INIT;
}
