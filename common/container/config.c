/* SPDX-License-Identifier: MIT */
#include "container/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "container/config_lines.h"
#include "container/setting.h"

static const char distro_prefix[] = "distros.";
static const char distro_key[] = "import_prehook";

static const char *check_command(const char *value)
{
	return *value ? check_text(value) : "cannot be empty";
}

/* One command; they are kept in another way. */
static const struct setting distro_setting = { distro_key, SETTING_STRING, "", 0, check_command, NULL };

static const char *check_output_format(const char *value)
{
	return *value && check_choice(value, "json json-pretty") ? "must be empty, json or json-pretty" : NULL;
}

#define KEY(name, kind, value, ...) \
	{ #name, SETTING_##kind, value, offsetof(struct config, name), __VA_ARGS__ }

static const struct setting keys[] = {
	KEY(interactive, BOOL, "yes", check_boolean, normal_boolean),
	KEY(datadir, STRING, "/var/lib/sdme", check_absolute_path, normal_path),
	KEY(boot_timeout, NUMBER, "60", check_positive, NULL),
	KEY(join_as_sudo_user, BOOL, "yes", check_boolean, normal_boolean),
	KEY(host_rootfs_opaque_dirs, LIST, "/etc/systemd/system,/var/log", check_absolute_path,
	    normal_path),
	KEY(hardened_drop_caps, LIST, "CAP_SYS_PTRACE,CAP_NET_RAW,CAP_SYS_RAWIO,CAP_SYS_BOOT",
	    check_capability, normal_capability),
	KEY(default_output_format, STRING, "", check_output_format, NULL),
	KEY(tasks_max, NUMBER, "16384", check_positive, NULL),
	KEY(default_base_fs, STRING, "", check_name_or_empty, NULL),
	KEY(default_registry, STRING, "docker.io", check_registry, normal_registry),
	KEY(docker_user, STRING, "", check_text, NULL),
	KEY(docker_token, SECRET, "", check_text, NULL),
	KEY(oci_cache_dir, STRING, "", setting_check_path, normal_path),
	KEY(oci_cache_max_size, SIZE, "10G", setting_check_size, NULL),
	KEY(http_timeout, NUMBER, "30", check_positive, NULL),
	KEY(http_body_timeout, NUMBER, "300", check_positive, NULL),
	KEY(http_ca_file, STRING, "", setting_check_path, normal_path),
	KEY(max_download_size, SIZE, "50G", setting_check_size, NULL),
	KEY(stop_timeout_graceful, NUMBER, "90", check_positive, NULL),
	KEY(stop_timeout_terminate, NUMBER, "30", check_positive, NULL),
	KEY(stop_timeout_kill, NUMBER, "15", check_positive, NULL),
	KEY(restart_sec, NUMBER, "2", check_positive, NULL),
	KEY(auto_fs_gc, BOOL, "yes", check_boolean, normal_boolean),
	KEY(default_create_masked_services, LIST, "systemd-resolved.service", check_unit,
	    normal_unit),
};

#undef KEY
#define KEY(name, kind, ...) \
	{ #name, SETTING_##kind, "", offsetof(struct config_registry, name), __VA_ARGS__ }

static const struct setting registry_keys[] = {
	KEY(mirrors, LIST, check_mirror, normal_mirror),
	KEY(insecure, STRING, setting_check_boolean, normal_boolean),
	KEY(ca_file, STRING, setting_check_path, normal_path),
};

/* --- keys of [sdme] ----------------------------------------------------------------------- */

const char *config_key(unsigned i)
{
	return i < ARRAY_SIZE(keys) ? keys[i].name : NULL;
}

const char *config_default(unsigned i)
{
	return keys[i].value;
}

bool config_is_secret(unsigned i)
{
	return keys[i].kind == SETTING_SECRET;
}

int config_find(const char *key)
{
	return setting_find(keys, ARRAY_SIZE(keys), key);
}

char *config_check(unsigned i, const char *value, const char **ret_wrong)
{
	return setting_check(&keys[i], value, ret_wrong);
}

char *config_value(const struct config *c, unsigned i)
{
	return setting_text(&keys[i], c);
}

char *config_shown(const struct config *c, unsigned i)
{
	char *value = config_value(c, i), *masked;

	if (!config_is_secret(i))
		return value;
	masked = setting_mask(value);
	explicit_bzero(value, strlen(value));
	free(value);
	return masked;
}

/* --- registries --------------------------------------------------------------------------- */

const struct config_registry *config_find_registry(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_registries; i++) {
		if (streq(c->registries[i].name, name))
			return &c->registries[i];
	}
	return NULL;
}

/* It is added if it is not there. NULL: there cannot be one of this name. */
static struct config_registry *make_registry(struct config *c, const char *text)
{
	cleanup_free char *name = normal_registry(text);
	const struct config_registry *there = config_find_registry(c, name);
	struct config_registry *r;

	if (there)
		return &c->registries[there - c->registries];
	if (check_registry(name))
		return NULL;
	c->registries =
		xreallocarray(c->registries, c->n_registries + 1, sizeof(*c->registries));
	r = &c->registries[c->n_registries++];
	*r = (struct config_registry){ .name = TAKE_PTR(name) };
	for (size_t i = 0; i < ARRAY_SIZE(registry_keys); i++)
		setting_store(&registry_keys[i], r, registry_keys[i].value);
	return r;
}

static void registry_done(struct config_registry *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(registry_keys); i++)
		setting_done(&registry_keys[i], r);
	free(r->name);
}

const char *config_registry_key(unsigned i)
{
	return i < ARRAY_SIZE(registry_keys) ? registry_keys[i].name : NULL;
}

/* --- keys of other sections --------------------------------------------------------------- */

static int find_distro_place(const char *family, const char *key, struct config_place *ret)
{
	ret->family = family_find(family);
	if (ret->family == FAMILY_N || !streq(key, distro_key))
		return -ENOENT;
	ret->section = xasprintf("%s%s", distro_prefix, family);
	ret->key = distro_key;
	return 0;
}

static int find_registry_place(const char *text, const char *key, struct config_place *ret)
{
	int i = setting_find(registry_keys, ARRAY_SIZE(registry_keys), key);
	cleanup_free char *name = normal_registry(text);

	if (i < 0 || check_registry(name))
		return -ENOENT;
	ret->section = xasprintf(CONFIG_REGISTRY "%s", name);
	ret->registry = ret->section + strlen(CONFIG_REGISTRY);
	ret->index = (unsigned)i;
	ret->key = registry_keys[i].name;
	return 0;
}

int config_place_find(const char *text, struct config_place *ret)
{
	const char *dot = strrchr(text, '.'), *rest;
	cleanup_free char *section = dot ? xstrndup(text, (size_t)(dot - text)) : NULL;

	if (section && (rest = after_prefix(section, distro_prefix)))
		return find_distro_place(rest, dot + 1, ret);
	if (section && (rest = after_prefix(section, CONFIG_REGISTRY)))
		return find_registry_place(rest, dot + 1, ret);
	return -ENOENT;
}

void config_place_done(struct config_place *p)
{
	free(p->section);
	*p = (struct config_place){ .section = NULL };
}

char *config_place_check(const struct config_place *p, const char *value, const char **ret_wrong)
{
	if (p->registry)
		return setting_check(&registry_keys[p->index], value, ret_wrong);
	return setting_check(&distro_setting, value, ret_wrong);
}

char *config_place_value(const struct config *c, const struct config_place *p)
{
	const struct config_registry *r = config_find_registry(c, p->registry);

	return r ? setting_text(&registry_keys[p->index], r) : xstrdup("");
}

/* --- all of it ---------------------------------------------------------------------------- */

void config_init(struct config *c)
{
	*c = (struct config){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		setting_store(&keys[i], c, keys[i].value);
}

void config_done(struct config *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		setting_done(&keys[i], c);
	for (enum family f = FAMILY_UNKNOWN; f < FAMILY_N; f++)
		strv_done(&c->distros[f].import_prehook);
	for (size_t i = 0; i < c->n_registries; i++)
		registry_done(&c->registries[i]);
	free(c->registries);
	c->registries = NULL;
	c->n_registries = 0;
	replace_str(&c->path, NULL);
}

/* --- text --------------------------------------------------------------------------------- */

/* Where the lines that come now belong; nothing set: to nobody that we know. */
struct here {
	bool ours;
	struct config_distro *distro;
	struct config_registry *registry;
};

static int begin_section(struct config *c, const char *name, struct here *ret, char **ret_message)
{
	const char *rest;
	enum family family;

	*ret = (struct here){ .ours = streq(name, CONFIG_SECTION) };
	if ((rest = after_prefix(name, distro_prefix))) {
		family = family_find(rest);
		ret->distro = family < FAMILY_N ? &c->distros[family] : NULL;
	} else if ((rest = after_prefix(name, CONFIG_REGISTRY))) {
		ret->registry = make_registry(c, rest);
		if (!ret->registry) {
			*ret_message = xasprintf("[%s]: '%s' %s", name, rest, check_registry(rest));
			return -EINVAL;
		}
	}
	return 0;
}

/* A key of a table, kept in base. */
static int take_setting(const struct setting *settings, size_t n, void *base,
			const struct config_line *l, char **ret_message)
{
	const char *wrong;
	char *value;
	int i = setting_find(settings, n, l->key);

	if (i < 0)
		return 0;
	value = setting_check(&settings[i], l->value, &wrong);
	if (!value) {
		*ret_message = settings[i].kind == SETTING_SECRET
				       ? xasprintf("%s: %s", l->key, wrong)
				       : xasprintf("%s=%s: %s", l->key, l->value, wrong);
		return -EINVAL;
	}
	setting_store(&settings[i], base, value);
	explicit_bzero(value, strlen(value));
	free(value);
	return 0;
}

static void take_distro_pair(struct config_distro *distro, const struct config_line *l)
{
	if (!streq(l->key, distro_key))
		return;
	distro->has_import_prehook = true;
	if (*l->value)
		strv_add(&distro->import_prehook, l->value);
	else
		strv_done(&distro->import_prehook);
}

static int take_pair(struct config *c, const struct here *here, const struct config_line *l,
		     char **ret_message)
{
	if (here->ours)
		return take_setting(keys, ARRAY_SIZE(keys), c, l, ret_message);
	if (here->registry)
		return take_setting(registry_keys, ARRAY_SIZE(registry_keys), here->registry, l,
				    ret_message);
	if (here->distro)
		take_distro_pair(here->distro, l);
	return 0;
}

int config_parse(struct config *c, const char *text, char **ret_message)
{
	struct here here = { .ours = true };
	int r = 0;

	for (unsigned number = 1; *text && r >= 0; number++) {
		cleanup_config_line struct config_line l = { .text = NULL };
		size_t n = strcspn(text, "\n");

		config_line_split(&l, text, n);
		if (l.kind == LINE_SECTION) {
			r = begin_section(c, l.key, &here, ret_message);
		} else if (l.kind == LINE_PAIR) {
			r = take_pair(c, &here, &l, ret_message);
		} else if (l.kind == LINE_WRONG) {
			*ret_message = xasprintf("line %u is no section, Key=Value or comment", number);
			r = -EINVAL;
		}
		text += n + (text[n] == '\n');
	}
	return r;
}
