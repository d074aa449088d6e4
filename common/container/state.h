/* SPDX-License-Identifier: MIT */
/* state: what makes a container, as the KEY=VALUE file state/NAME keeps it.
 *
 * The file is the single source of truth: boot, ps and the rest read it, nothing is compiled into
 * units. Every value is checked again when it is read, for a person may have edited it. Keys that
 * this version does not know are kept. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/kvfile.h"
#include "base/strv.h"
#include "container/store.h"

struct container {
	char *name;
	/* The values as text in their normal form (value.h); NULL or empty when not set. */
	char *created; /* seconds since the epoch */
	char *rootfs;  /* "" is a clone of the host */
	char *memory, *cpus, *cpu_weight;
	bool private_network, network_veth;
	char *network_bridge, *network_zone;
	struct strv ports;
	struct strv binds;
	struct strv envs;
	bool userns;
	char *userns_shift; /* the first host id of the range, 64 Ki ids */
	struct strv drop_caps, add_caps;
	bool no_new_privs, read_only;
	struct strv syscall_filter;
	char *apparmor_profile;
	struct strv masked_services;
	struct strv opaque_dirs;
	struct strv oci_volumes; /* what its applications keep: VOLUME:PATH (volumes.h) */
	struct strv connectors;  /* those that it may use (connectors.h) */
	char *systemd_log_level;
	char *restart_policy, *restart_sec;
	bool enabled;
	bool ephemeral;

	struct kvfile kv; /* as read, with the keys that are not ours */
};

#define CONTAINER_INIT { 0 }
#define cleanup_container __attribute__((cleanup(container_done)))

/* From and to the text of a state file. Silent; -EINVAL with a message that the caller frees. */
int container_parse(const char *text, struct container *ret, char **ret_message);
char *container_format(struct container *c);

/* Read state/NAME. The first is silent, with a message that the caller frees; the other logs. */
int container_read(const struct store *s, const char *name, struct container *ret, char **ret_message);
int container_load(const struct store *s, const char *name, struct container *ret);

/* Of the container that input names (store_resolve()), to be changed and saved: *ret_lock, which the caller
 * closes, keeps it for us. ret->name is its name. Logs. */
int container_load_to_change(const struct store *s, const char *input, struct container *ret, int *ret_lock);

/* Write state/NAME, atomically and durably. With WRITE_EXCL it must not be there yet (-EEXIST).
 * Logs, but for -EEXIST. */
int container_save(const struct store *s, struct container *c, int write_flags);

bool container_is_host_clone(const struct container *c);
/* Its network is not the host's. */
bool container_has_private_network(const struct container *c);
/* It has an interface of its own besides loopback. */
bool container_has_interface(const struct container *c);

void container_done(struct container *c);
