/* SPDX-License-Identifier: MIT */
/* The first byte picks a kind of value, the rest is what a user gave. What the check accepts comes
 * back from the state file as it went in. */
#include "fuzz.h"

#include "container/state.h"
#include "container/value.h"

static char *as_is(const char *value)
{
	return xstrdup(value);
}

#define STRING(f, check, normal) { check, normal, offsetof(struct container, f), false }
#define LIST(f, check, normal) { check, normal, offsetof(struct container, f), true }

static const struct {
	value_check check;
	char *(*normal)(const char *value);
	size_t offset;
	bool is_list;
} kinds[] = {
	STRING(name, check_name, as_is),
	STRING(rootfs, check_name_or_empty, as_is),
	STRING(memory, check_memory, as_is),
	STRING(cpus, check_cpus, as_is),
	STRING(cpu_weight, check_cpu_weight, as_is),
	STRING(network_bridge, check_bridge, as_is),
	STRING(network_zone, check_zone, as_is),
	STRING(created, check_number, as_is),
	STRING(userns_shift, check_positive, as_is),
	STRING(apparmor_profile, check_apparmor_profile, as_is),
	STRING(systemd_log_level, check_log_level, as_is),
	STRING(restart_policy, check_restart_policy, normal_restart_policy),
	LIST(ports, check_port, normal_port),
	LIST(binds, check_bind, normal_bind),
	LIST(envs, check_env, as_is),
	LIST(drop_caps, check_capability, normal_capability),
	LIST(syscall_filter, check_syscall_filter, as_is),
	LIST(masked_services, check_unit, normal_unit),
	LIST(opaque_dirs, check_absolute_path, normal_path),
};

static void *field(struct container *c, size_t kind)
{
	return (char *)c + kinds[kind].offset;
}

static void round_trip(size_t kind, const char *value)
{
	cleanup_container struct container c = CONTAINER_INIT, again = CONTAINER_INIT;
	cleanup_free char *text = NULL, *message = NULL;

	c.name = xstrdup("name");
	if (kinds[kind].is_list) {
		strv_add(field(&c, kind), value);
		strv_add(field(&c, kind), value);
	} else {
		replace_str(field(&c, kind), value);
	}
	text = container_format(&c);
	PROPERTY(container_parse(text, &again, &message) == 0);
	if (kinds[kind].is_list) {
		const struct strv *list = field(&again, kind);

		PROPERTY(list->n == 2 && streq(list->v[0], value) && streq(list->v[1], value));
	} else {
		PROPERTY(streq(*(char **)field(&again, kind), value));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *value = NULL, *normal = NULL, *twice = NULL;
	size_t kind;

	if (size < 1)
		return 0;
	kind = data[0] % ARRAY_SIZE(kinds);
	value = input_text(data + 1, size - 1);
	if (!value)
		return 0;
	normal = kinds[kind].normal(value);
	if (kinds[kind].check(normal))
		return 0;
	twice = kinds[kind].normal(normal);
	PROPERTY(streq(normal, twice));
	round_trip(kind, normal);
	return 0;
}
