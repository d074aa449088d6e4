/* SPDX-License-Identifier: MIT */
#include "container/options.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "container/value.h"
#include "host/apparmor.h"
#include "host/seccomp.h"

/* The value in its normal form, or NULL after a message. */
static char *checked(const char *option, const char *value, value_check check,
		     char *(*normal)(const char *value))
{
	cleanup_free char *good = normal ? normal(value) : xstrdup(value);
	const char *wrong = check(good);

	if (!wrong)
		return TAKE_PTR(good);
	log_error("option '--%s': '%s' %s", option, value, wrong);
	return NULL;
}

static int set_string(char **string, const char *option, const char *value, value_check check,
		      char *(*normal)(const char *value))
{
	cleanup_free char *good = checked(option, value, check, normal);

	if (!good)
		return -EINVAL;
	replace_str(string, good);
	return 0;
}

static int add_item(struct strv *list, const char *option, const char *value, value_check check,
		    char *(*normal)(const char *value))
{
	char *good = checked(option, value, check, normal);

	if (!good)
		return -EINVAL;
	if (strv_contains(list, good)) {
		cleanup_free char *twice = good;

		return log_error_code(-EINVAL, "option '--%s': '%s' is there twice", option, twice);
	}
	strv_add_owned(list, good);
	return 0;
}

/* Comma-separated; "" adds nothing. */
static int add_items(struct strv *list, const char *option, const char *value, value_check check,
		     char *(*normal)(const char *value))
{
	cleanup_strv struct strv items = STRV_INIT;

	list_parse(&items, value, ',');
	STRV_FOREACH(item, &items) {
		int r = add_item(list, option, item, check, normal);

		if (r < 0)
			return r;
	}
	return 0;
}

static struct container *container_of(void *request)
{
	return &((struct request *)request)->c;
}

/* An empty value takes a limit away ("set" needs to tell that from an option that is not there). */
static int set_limit(char **limit, const char *option, const char *value, value_check check)
{
	if (!*value) {
		replace_str(limit, "");
		return 0;
	}
	return set_string(limit, option, value, check, NULL);
}

int option_memory(const char *value, void *request)
{
	return set_limit(&container_of(request)->memory, "memory", value, check_memory);
}

int option_cpus(const char *value, void *request)
{
	return set_limit(&container_of(request)->cpus, "cpus", value, check_cpus);
}

int option_cpu_weight(const char *value, void *request)
{
	return set_limit(&container_of(request)->cpu_weight, "cpu-weight", value, check_cpu_weight);
}

int option_bridge(const char *value, void *request)
{
	return set_string(&container_of(request)->network_bridge, "network-bridge", value, check_bridge,
			  NULL);
}

int option_zone(const char *value, void *request)
{
	return set_string(&container_of(request)->network_zone, "network-zone", value, check_zone, NULL);
}

/* tcp:8080:80: up to the host's port. */
static char *port_place(const char *port)
{
	return xstrndup(port, (size_t)(strrchr(port, ':') - port));
}

/* HOST:CONTAINER:MODE: the path in the container. */
static char *bind_place(const char *bind)
{
	const char *path = strchr(bind, ':') + 1;
	cleanup_free char *place = xstrndup(path, strcspn(path, ":"));

	return normal_path(place);
}

/* Whether the last item takes the place of another. */
static int check_place(const struct strv *list, const char *option, char *(*place_of)(const char *item))
{
	cleanup_free char *place = place_of(list->v[list->n - 1]);

	for (size_t i = 0; i + 1 < list->n; i++) {
		cleanup_free char *other = place_of(list->v[i]);

		if (streq(place, other))
			return log_error_code(-EINVAL, "option '--%s': '%s' is given to two, '%s' and '%s'", option,
					      place, list->v[i], list->v[list->n - 1]);
	}
	return 0;
}

int option_port(const char *value, void *request)
{
	struct strv *ports = &container_of(request)->ports;
	int r = add_item(ports, "port", value, check_port, normal_port);

	return r < 0 ? r : check_place(ports, "port", port_place);
}

int option_bind(const char *value, void *request)
{
	struct strv *binds = &container_of(request)->binds;
	int r = add_item(binds, "bind", value, check_bind, normal_bind);

	return r < 0 ? r : check_place(binds, "bind", bind_place);
}

int option_env(const char *value, void *request)
{
	return add_item(&container_of(request)->envs, "env", value, check_env, NULL);
}

int option_drop_capability(const char *value, void *request)
{
	return add_item(&container_of(request)->drop_caps, "drop-capability", value, check_capability,
			normal_capability);
}

int option_capability(const char *value, void *request)
{
	return add_item(&container_of(request)->add_caps, "capability", value, check_capability,
			normal_capability);
}

/* systemd-nspawn passes over a call that it does not know, and the filter would be another than was
 * asked for. */
int option_syscall_filter(const char *value, void *request)
{
	int r = add_item(&container_of(request)->syscall_filter, "system-call-filter", value,
			 check_syscall_filter, NULL);
	const char *name = *value == '~' ? value + 1 : value;

	if (r < 0 || *name == '@')
		return r;
	r = seccomp_knows(name);
	if (r == 0)
		return log_error_code(-EINVAL, "option '--system-call-filter': '%s' is no system call, see syscalls(2)", value);
	return r < 0 ? r : 0;
}

int option_apparmor_profile(const char *value, void *request)
{
	return set_string(&container_of(request)->apparmor_profile, "apparmor-profile", value,
			  check_apparmor_profile, NULL);
}

int option_opaque_dirs(const char *value, void *request)
{
	((struct request *)request)->opaque_dirs_given = true;
	return add_items(&container_of(request)->opaque_dirs, "overlayfs-opaque-dirs", value,
			 check_absolute_path, normal_path);
}

int option_masked_services(const char *value, void *request)
{
	((struct request *)request)->masked_services_given = true;
	return add_items(&container_of(request)->masked_services, "masked-services", value, check_unit,
			 normal_unit);
}

int option_log_level(const char *value, void *request)
{
	return set_string(&container_of(request)->systemd_log_level, "systemd-log-level", value,
			  check_log_level, NULL);
}

int option_restart(const char *value, void *request)
{
	return set_string(&container_of(request)->restart_policy, "restart", value, check_restart_policy,
			  normal_restart_policy);
}

int option_connector(const char *value, void *request)
{
	return add_item(&container_of(request)->connectors, "connector", value, check_name, NULL);
}

int option_oci_env(const char *value, void *request)
{
	const char *wrong = check_app_env(value);

	if (wrong)
		return log_error_code(-EINVAL, "option '--oci-env': '%s' %s", value, wrong);
	strv_add(&((struct request *)request)->apps.env, value);
	return 0;
}

int option_oci_restart(const char *value, void *request)
{
	return set_string(&((struct request *)request)->apps.restart, "oci-restart", value, check_app_restart,
			  NULL);
}

int option_seconds(const char *value, void *data)
{
	const char *wrong = check_positive(value);

	if (wrong)
		return log_error_code(-EINVAL, "option '--timeout': '%s' %s", value, wrong);
	*(const char **)data = value;
	return 0;
}

int option_name(const char *value, void *data)
{
	const char *wrong = check_name(value);

	if (wrong)
		return log_error_code(-EINVAL, "'%s': %s", value, wrong);
	*(const char **)data = value;
	return 0;
}

int option_name_or_empty(const char *value, void *data)
{
	return *value ? option_name(value, data) : 0;
}

/* --- presets ------------------------------------------------------------------------------ */

/* What containers of docker lack, besides what systemd in the container cannot do without:
 * CAP_SYS_ADMIN stays (capabilities(7)). */
static const char *const strict_drop_caps[] = {
	"CAP_AUDIT_CONTROL", "CAP_AUDIT_READ",	 "CAP_BLOCK_SUSPEND",	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE", "CAP_DAC_READ_SEARCH", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
	"CAP_LEASE",	 "CAP_LINUX_IMMUTABLE", "CAP_MAC_ADMIN",	"CAP_MAC_OVERRIDE",
	"CAP_NET_ADMIN", "CAP_NET_BROADCAST",	"CAP_NET_RAW",		"CAP_PERFMON",
	"CAP_SYS_BOOT",	 "CAP_SYS_MODULE",	"CAP_SYS_NICE",		"CAP_SYS_PACCT",
	"CAP_SYS_PTRACE", "CAP_SYS_RAWIO",	"CAP_SYS_RESOURCE",	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG", "CAP_SYSLOG",	"CAP_WAKE_ALARM",
};

static const char *const strict_syscall_filter[] = {
	"~@cpu-emulation", "~@debug", "~@obsolete", "~@raw-io",
};

/* DHCP on an interface of the container's own needs raw sockets and set-up of the interface. */
static bool needs_for_network(const struct container *c, const char *cap)
{
	return container_has_interface(c) && (streq(cap, "CAP_NET_RAW") || streq(cap, "CAP_NET_ADMIN"));
}

static void preset_drop(struct container *c, const char *cap)
{
	if (needs_for_network(c, cap)) {
		log_notice("keeping %s, which the network interface of the container needs", cap);
		return;
	}
	if (!strv_contains(&c->add_caps, cap) && !strv_contains(&c->drop_caps, cap))
		strv_add(&c->drop_caps, cap);
}

static void apply_presets(struct request *r, const struct config *config)
{
	struct container *c = &r->c;
	bool filter_given = c->syscall_filter.n > 0;

	if (!r->hardened && !r->strict)
		return;
	c->userns = c->private_network = c->no_new_privs = true;
	if (!r->strict) {
		STRV_FOREACH(cap, &config->hardened_drop_caps)
			preset_drop(c, cap);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(strict_drop_caps); i++)
		preset_drop(c, strict_drop_caps[i]);
	for (size_t i = 0; i < ARRAY_SIZE(strict_syscall_filter) && !filter_given; i++)
		strv_add(&c->syscall_filter, strict_syscall_filter[i]);
	if (c->apparmor_profile)
		return;
	if (apparmor_is_enabled())
		c->apparmor_profile = xstrdup("sdme-default");
	else
		log_notice("AppArmor is not enabled on this host: no profile confines the container");
}

int request_finish(struct request *r, const struct config *config)
{
	struct container *c = &r->c;

	STRV_FOREACH(cap, &c->add_caps) {
		if (strv_contains(&c->drop_caps, cap))
			return usage_error("capability %s appears in both --capability and --drop-capability", cap);
	}
	if (c->ports.n > 0 && !container_has_interface(c))
		return usage_error("--port requires --network-veth, --network-bridge, or --network-zone");
	if (c->network_bridge && c->network_zone)
		return usage_error("--network-bridge and --network-zone cannot be used together");
	apply_presets(r, config);
	return 0;
}

void request_done(struct request *r)
{
	container_done(&r->c);
	app_choices_done(&r->apps);
}
