/* SPDX-License-Identifier: MIT */
/* options: the command line options that say what a container is like, shared by new, create and set.
 *
 * Each applet has a static struct request and puts the groups that it wants in its table. The
 * functions check the value, bring it into its normal form and store it; they log. */
#pragma once

#include "applet.h"
#include "container/apps.h"
#include "container/state.h"

/* What a command line asks for; the rest of the container's state is decided when it is made. */
struct request {
	struct container c;
	struct app_choices apps;
	bool hardened, strict;
	bool enable; /* once it is made: container_enable() */
	bool opaque_dirs_given, masked_services_given;
};

int option_memory(const char *value, void *request);
int option_cpus(const char *value, void *request);
int option_cpu_weight(const char *value, void *request);
int option_bridge(const char *value, void *request);
int option_zone(const char *value, void *request);
int option_port(const char *value, void *request);
int option_bind(const char *value, void *request);
int option_env(const char *value, void *request);
int option_drop_capability(const char *value, void *request);
int option_capability(const char *value, void *request);
int option_syscall_filter(const char *value, void *request);
int option_apparmor_profile(const char *value, void *request);
int option_opaque_dirs(const char *value, void *request);
int option_masked_services(const char *value, void *request);
int option_log_level(const char *value, void *request);
int option_restart(const char *value, void *request);
int option_connector(const char *value, void *request);
int option_oci_env(const char *value, void *request);
int option_oci_restart(const char *value, void *request);

/* An option that is a whole number of seconds greater than 0, as text. data: a const char **. */
int option_seconds(const char *value, void *data);
/* A container's or rootfs's name. data: a const char **. */
int option_name(const char *value, void *data);
/* As option_name(); an empty value is as if the option were not there. */
int option_name_or_empty(const char *value, void *data);

#define OPTIONS_LIMITS(r)                                                                          \
	OPT_GROUP("Resource limits"),                                                              \
	OPT_CALL(0, "memory", "SIZE", option_memory, r, "Memory at most, such as 512M or 2G"),     \
	OPT_CALL(0, "cpus", "N", option_cpus, r, "Processors at most, such as 2 or 0.5"),          \
	OPT_CALL(0, "cpu-weight", "N", option_cpu_weight, r,                                       \
		 "Share of busy processors, 1 to 10000; others have 100")

#define OPTIONS_NETWORK(r)                                                                         \
	OPT_GROUP("Network"),                                                                      \
	OPT_FLAG(0, "private-network", &(r)->c.private_network, "A network of its own, loopback only"), \
	OPT_FLAG(0, "network-veth", &(r)->c.network_veth, "A virtual Ethernet link to the host"),  \
	OPT_CALL(0, "network-bridge", "NAME", option_bridge, r, "A link to this bridge of the host"), \
	OPT_CALL(0, "network-zone", "NAME", option_zone, r,                                        \
		 "A link shared with the other containers of the zone"),                           \
	OPT_CALL('p', "port", "SPEC", option_port, r,                                              \
		 "Forward a host port: [tcp:|udp:]HOST[:CONTAINER]", .repeats = true)

#define OPTIONS_MOUNTS(r)                                                                          \
	OPT_GROUP("Mounts and environment"),                                                       \
	OPT_CALL('b', "bind", "SPEC", option_bind, r, "Show a host path: HOST:CONTAINER[:ro]",     \
		 .words = WORDS_FILE, .repeats = true),                                            \
	OPT_CALL(0, "connector", "NAME", option_connector, r,                                      \
		 "Let it use this connector, in /connectors/NAME", .repeats = true),               \
	OPT_CALL('e', "env", "KEY=VALUE", option_env, r, "Set a variable for the container's init", \
		 .repeats = true),                                                                 \
	OPT_CALL('o', "overlayfs-opaque-dirs", "LIST", option_opaque_dirs, r,                      \
		 "Directories of the root filesystem to hide", .repeats = true),                   \
	OPT_CALL(0, "masked-services", "LIST", option_masked_services, r,                          \
		 "Units that shall not start; '' for none", .repeats = true)

#define OPTIONS_SECURITY(r)                                                                        \
	OPT_GROUP("Security"),                                                                     \
	OPT_FLAG('u', "userns", &(r)->c.userns, "A user namespace: root is nobody on the host"),   \
	OPT_FLAG(0, "hardened", &(r)->hardened,                                                    \
		 "User namespace, private network, fewer privileges"),                             \
	OPT_FLAG(0, "strict", &(r)->strict, "Hardened, and what containers of docker lack"),       \
	OPT_CALL(0, "capability", "CAP", option_capability, r, "Keep or add a capability",         \
		 .repeats = true),                                                                 \
	OPT_CALL(0, "drop-capability", "CAP", option_drop_capability, r, "Take a capability away", \
		 .repeats = true),                                                                 \
	OPT_FLAG(0, "no-new-privileges", &(r)->c.no_new_privs, "No gain of privileges by execve"), \
	OPT_FLAG(0, "read-only", &(r)->c.read_only, "Mount the root filesystem read-only"),        \
	OPT_CALL(0, "system-call-filter", "SPEC", option_syscall_filter, r,                        \
		 "Allow, or with ~ deny, a system call or @group", .repeats = true),               \
	OPT_CALL(0, "apparmor-profile", "NAME", option_apparmor_profile, r,                        \
		 "Confine the container with this AppArmor profile")

#define OPTIONS_SERVICE(r)                                                                         \
	OPT_GROUP("Service"),                                                                      \
	OPT_FLAG(0, "enable", &(r)->enable, "Start it when the host boots"),                    \
	OPT_CALL(0, "restart", "POLICY", option_restart, r, "Restart it: no or on-failure",        \
		 .choices = "no on-failure"),                                                      \
	OPT_CALL(0, "systemd-log-level", "LEVEL", option_log_level, r, "What systemd-nspawn logs", \
		 .choices = "emerg alert crit err warning notice info")

#define OPTIONS_APPS(r)                                                                            \
	OPT_GROUP("Applications of images"),                                                       \
	OPT_CALL(0, "oci-env", "[APP:]KEY=VALUE", option_oci_env, r,                               \
		 "Set a variable of the application", .repeats = true),                            \
	OPT_CALL(0, "oci-restart", "POLICY", option_oci_restart, r,                                \
		 "Restart it: no, on-failure[:N], always, unless-stopped",                         \
		 .choices = "no on-failure always unless-stopped"),                                \
	OPT_FLAG(0, "no-healthcheck", &(r)->apps.no_healthcheck, "Run no health check of the image"), \
	OPT_FLAG(0, "no-oci-ports", &(r)->apps.no_ports, "Forward no port that the image names"),  \
	OPT_FLAG(0, "no-oci-volumes", &(r)->apps.no_volumes, "Keep no directory that the image names")

/* Apply --hardened and --strict, and refuse what cannot go together: EXIT_USAGE after a message. */
int request_finish(struct request *r, const struct config *config);
void request_done(struct request *r);
