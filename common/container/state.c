/* SPDX-License-Identifier: MIT */
#include "container/state.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "container/value.h"

enum kind {
	KIND_STRING,
	KIND_BOOL,
	KIND_COMMAS, /* a list */
	KIND_BARS,
};

struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	value_check check;   /* of the value, or of each item */
	const char *if_true; /* how a true boolean is spelled */
	bool keep_empty;     /* an empty value means something */
};

#define FIELD(f) offsetof(struct container, f)

static const struct key keys[] = {
	{ "ADD_CAPS", KIND_COMMAS, FIELD(add_caps), check_capability },
	{ "APPARMOR_PROFILE", KIND_STRING, FIELD(apparmor_profile), check_apparmor_profile },
	{ "BINDS", KIND_BARS, FIELD(binds), check_bind },
	{ "CONNECTORS", KIND_COMMAS, FIELD(connectors), check_name },
	{ "CPUS", KIND_STRING, FIELD(cpus), check_cpus },
	{ "CPU_WEIGHT", KIND_STRING, FIELD(cpu_weight), check_cpu_weight },
	{ "CREATED", KIND_STRING, FIELD(created), check_number },
	{ "DROP_CAPS", KIND_COMMAS, FIELD(drop_caps), check_capability },
	{ "ENABLED", KIND_BOOL, FIELD(enabled), check_boolean, "yes" },
	{ "ENVS", KIND_BARS, FIELD(envs), check_env },
	{ "EPHEMERAL", KIND_BOOL, FIELD(ephemeral), check_boolean, "yes" },
	{ "MASKED_SERVICES", KIND_COMMAS, FIELD(masked_services), check_unit },
	{ "MEMORY", KIND_STRING, FIELD(memory), check_memory },
	{ "NAME", KIND_STRING, FIELD(name), check_name },
	{ "NETWORK_BRIDGE", KIND_STRING, FIELD(network_bridge), check_bridge },
	{ "NETWORK_VETH", KIND_BOOL, FIELD(network_veth), check_boolean, "1" },
	{ "NETWORK_ZONE", KIND_STRING, FIELD(network_zone), check_zone },
	{ "NO_NEW_PRIVS", KIND_BOOL, FIELD(no_new_privs), check_boolean, "yes" },
	{ "OCI_VOLUMES", KIND_BARS, FIELD(oci_volumes), check_volume },
	{ "OPAQUE_DIRS", KIND_COMMAS, FIELD(opaque_dirs), check_absolute_path },
	{ "PORTS", KIND_COMMAS, FIELD(ports), check_port },
	{ "PRIVATE_NETWORK", KIND_BOOL, FIELD(private_network), check_boolean, "1" },
	{ "READ_ONLY", KIND_BOOL, FIELD(read_only), check_boolean, "yes" },
	{ "RESTART_POLICY", KIND_STRING, FIELD(restart_policy), check_restart_policy },
	{ "RESTART_SEC", KIND_STRING, FIELD(restart_sec), check_positive },
	{ "ROOTFS", KIND_STRING, FIELD(rootfs), check_name_or_empty, NULL, true },
	{ "SYSCALL_FILTER", KIND_COMMAS, FIELD(syscall_filter), check_syscall_filter },
	{ "SYSTEMD_LOG_LEVEL", KIND_STRING, FIELD(systemd_log_level), check_log_level },
	{ "USERNS", KIND_BOOL, FIELD(userns), check_boolean, "yes" },
	{ "USERNS_SHIFT", KIND_STRING, FIELD(userns_shift), check_positive },
};

static void *field(const struct container *c, const struct key *key)
{
	return (char *)(uintptr_t)c + key->offset;
}

static char separator(const struct key *key)
{
	return key->kind == KIND_BARS ? '|' : ',';
}

/* --- text to struct ----------------------------------------------------------------------- */

static const char *read_value(struct container *c, const struct key *key, const char *value)
{
	const char *wrong = NULL;

	switch (key->kind) {
	case KIND_BOOL:
		wrong = check_boolean(value);
		(void)parse_bool(value, field(c, key));
		break;
	case KIND_STRING:
		wrong = key->check(value);
		replace_str(field(c, key), value);
		break;
	case KIND_COMMAS:
	case KIND_BARS:
		list_parse(field(c, key), value, separator(key));
		STRV_FOREACH(item, (struct strv *)field(c, key)) {
			if (!wrong)
				wrong = key->check(item);
		}
		break;
	}
	return wrong;
}

static int parse_keys(struct container *c, char **ret_message)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = kvfile_get(&c->kv, keys[i].name);
		const char *wrong;

		if (!value || (!*value && !keys[i].keep_empty))
			continue;
		wrong = read_value(c, &keys[i], value);
		if (wrong) {
			*ret_message = xasprintf("%s=%s: %s", keys[i].name, value, wrong);
			return -EINVAL;
		}
	}
	return 0;
}

int container_parse(const char *text, struct container *ret, char **ret_message)
{
	cleanup_container struct container c = CONTAINER_INIT;
	unsigned line;
	int r;

	if (kvfile_parse(&c.kv, text, &line) < 0) {
		*ret_message = xasprintf("line %u is not KEY=VALUE, or its key is there twice", line);
		return -EINVAL;
	}
	r = parse_keys(&c, ret_message);
	if (r < 0)
		return r;
	if (!c.name) {
		*ret_message = xstrdup("it has no NAME");
		return -EINVAL;
	}
	if (!c.rootfs)
		c.rootfs = xstrdup("");
	*ret = c;
	c = (struct container)CONTAINER_INIT;
	return 0;
}

/* --- struct to text ----------------------------------------------------------------------- */

/* NULL when the key is not to be there. */
static char *format_value(const struct container *c, const struct key *key)
{
	const void *f = field(c, key);

	switch (key->kind) {
	case KIND_BOOL:
		return *(const bool *)f ? xstrdup(key->if_true) : NULL;
	case KIND_STRING: {
		const char *value = *(char *const *)f;

		return value && (*value || key->keep_empty) ? xstrdup(value) : NULL;
	}
	case KIND_COMMAS:
	case KIND_BARS:
		break;
	}
	return ((const struct strv *)f)->n > 0 ? list_format(f, separator(key)) : NULL;
}

char *container_format(struct container *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		cleanup_free char *value = format_value(c, &keys[i]);

		kvfile_set(&c->kv, keys[i].name, value);
	}
	return kvfile_format(&c->kv);
}

/* --- files -------------------------------------------------------------------------------- */

int container_read(const struct store *s, const char *name, struct container *ret, char **ret_message)
{
	cleanup_container struct container c = CONTAINER_INIT;
	cleanup_free char *text = NULL;
	int r = s->state_fd < 0 ? -ENOENT : read_file_at(s->state_fd, name, KVFILE_MAX, &text);

	if (r < 0) {
		*ret_message = xstrdup(r == -EINVAL ? "it has NUL bytes" : strerror(-r));
		return r;
	}
	r = container_parse(text, &c, ret_message);
	if (r < 0)
		return r;
	if (!streq(c.name, name)) {
		*ret_message = xasprintf("NAME=%s is not the name of the file", c.name);
		return -EINVAL;
	}
	*ret = c;
	c = (struct container)CONTAINER_INIT;
	return 0;
}

int container_load(const struct store *s, const char *name, struct container *ret)
{
	cleanup_free char *message = NULL;
	int r = container_read(s, name, ret, &message);

	if (r == -ENOENT)
		return log_error_code(r, "there is no container '%s'", name);
	if (r < 0)
		return log_error_code(r, "the state of container '%s' cannot be used (%s/state/%s): %s", name,
				      s->config.datadir, name, message);
	return 0;
}

int container_load_to_change(const struct store *s, const char *input, struct container *ret, int *ret_lock)
{
	cleanup_free char *name = NULL;
	cleanup_close int lock = -1;
	int r = store_resolve(s, input, &name);

	if (r < 0)
		return r;
	lock = store_lock(s, "containers", name, LOCK_MODE_EXCLUSIVE);
	r = lock < 0 ? lock : container_load(s, name, ret);
	if (r < 0)
		return r;
	*ret_lock = TAKE_FD(lock);
	return 0;
}

int container_save(const struct store *s, struct container *c, int write_flags)
{
	cleanup_free char *text = container_format(c);
	int r = write_file_atomic_at(s->state_fd, c->name, text, 0600, (enum write_flags)write_flags);

	if (r < 0 && r != -EEXIST)
		return log_error_errno(r, "cannot write the state of container '%s' in '%s'", c->name,
				       s->config.datadir);
	return r;
}

bool container_is_host_clone(const struct container *c)
{
	return !c->rootfs || !*c->rootfs;
}

bool container_has_interface(const struct container *c)
{
	return c->network_veth || c->network_bridge || c->network_zone;
}

bool container_has_private_network(const struct container *c)
{
	return c->private_network || container_has_interface(c) || c->ports.n > 0;
}

void container_done(struct container *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].kind == KIND_STRING)
			replace_str(field(c, &keys[i]), NULL);
		else if (keys[i].kind != KIND_BOOL)
			strv_done(field(c, &keys[i]));
	}
	kvfile_done(&c->kv);
}
