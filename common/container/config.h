/* SPDX-License-Identifier: MIT */
/* config: /etc/sdme.conf and its drop-ins, /etc/sdme.conf.d/NAME.conf in order of their names.
 *
 * In systemd's manner: [Section], Key=Value, comments with '#' or ';', later settings win. All our
 * keys are in [sdme], but for those of a family of distributions, which are in [distros.FAMILY]
 * (family.h), and of a registry of images, in [registries.HOST] or [registries.HOST:PORT].
 * A missing file means the defaults; a key or section that we do not know is passed over, for a newer or
 * older sdme may know it; a value that is wrong is an error. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strv.h"
#include "container/family.h"

#define CONFIG_PATH "/etc/sdme.conf"

struct config {
	char *path;            /* the main file that was asked for */
	bool interactive;      /* ask on a terminal */
	char *datadir;         /* absolute */
	uint64_t boot_timeout; /* seconds, as all times here */
	bool join_as_sudo_user;
	struct strv host_rootfs_opaque_dirs;
	struct strv hardened_drop_caps;
	char *default_output_format; /* "", "json", "json-pretty" */
	uint64_t tasks_max;
	char *default_base_fs;            /* of applications; "": none */
	char *default_registry;           /* of images that are named without one */
	char *docker_user, *docker_token; /* for Docker Hub; "": none */
	uint64_t stop_timeout_graceful, stop_timeout_terminate, stop_timeout_kill;
	uint64_t restart_sec;
	bool auto_fs_gc;
	char *oci_cache_dir;         /* absolute; "": cache/oci in the data directory */
	uint64_t oci_cache_max_size; /* bytes; 0: keep nothing */
	uint64_t http_timeout;       /* for a connection, and for what comes next on it */
	uint64_t http_body_timeout;  /* of all tries in a row that bring nothing */
	char *http_ca_file;          /* absolute; "": only whom the system trusts */
	uint64_t max_download_size;  /* bytes; 0: no limit */
	struct strv default_create_masked_services;

	/* import_prehook: what to run in place of our own commands, one command an assignment; an empty
	 * assignment forgets those before it. Not set: our own. */
	struct config_distro {
		bool has_import_prehook;
		struct strv import_prehook;
	} distros[FAMILY_N];

	struct config_registry {
		char *name;          /* HOST[:PORT] in lower case */
		struct strv mirrors; /* HOST[:PORT][/PREFIX]: the one that is asked first first */
		char *insecure;      /* "yes", "no", or "": if it is one of this machine */
		char *ca_file;       /* absolute; "": http_ca_file */
	} *registries;
	size_t n_registries;
};

/* Read the configuration; path NULL is CONFIG_PATH. Logs. A path that was asked for by name must be
 * there, the default need not be. */
int config_load(const char *path, struct config *ret);
/* One file alone, without drop-ins. Logs. */
int config_load_file(const char *path, struct config *ret);
void config_done(struct config *c);
#define cleanup_config __attribute__((cleanup(config_done)))

/* One key of [sdme]: its name, its default, and its value here as text; the caller frees. NULL past the
 * last. */
const char *config_key(unsigned i);
const char *config_default(unsigned i);
char *config_value(const struct config *c, unsigned i);
/* The same as it may be shown: most of a secret is hidden. */
char *config_shown(const struct config *c, unsigned i);
bool config_is_secret(unsigned i);
/* The index of a key, or -ENOENT. */
int config_find(const char *key);

/* Check and normalise a value for a key: a string that the caller frees, or NULL and a static
 * phrase in *ret_wrong. Silent. */
char *config_check(unsigned i, const char *value, const char **ret_wrong);

/* What is set for a registry, or NULL. */
const struct config_registry *config_find_registry(const struct config *c, const char *name);
/* The keys of such a section; NULL past the last. */
const char *config_registry_key(unsigned i);

/* A key of another section, as people name it: SECTION.KEY, "registries.localhost:5000.mirrors",
 * "distros.debian.import_prehook". */
struct config_place {
	char *section;
	const char *key;
	const char *registry; /* NULL: it is of a family, whose value is commands, each of them checked */
	enum family family;
	unsigned index;
};
#define cleanup_config_place __attribute__((cleanup(config_place_done)))

/* -ENOENT: there is no such key. Silent. */
int config_place_find(const char *text, struct config_place *ret);
void config_place_done(struct config_place *p);
/* As config_check(). */
char *config_place_check(const struct config_place *p, const char *value, const char **ret_wrong);
/* As config_value(), of a registry's. */
char *config_place_value(const struct config *c, const struct config_place *p);

/* Set the key in the main file (the drop-ins stay as they are), or remove it when value is NULL.
 * Comments and the order of lines are kept. Atomic, mode 0600 for a new file; one that a secret is written
 * to is its owner's alone from then on. Logs. */
int config_edit(const char *path, const char *key, const char *value);
/* The same of a key of any section, with a line for each value; none: it is removed. */
enum config_edit_flags {
	CONFIG_EDIT_SECRET = 1 << 0,
};
int config_edit_section(const char *path, const char *section, const char *key,
			const struct strv *values, enum config_edit_flags flags);

/* As config_load(), from text: for tests and fuzzing. Silent; -EINVAL with a message that the caller
 * frees. */
int config_parse(struct config *c, const char *text, char **ret_message);
/* The defaults. */
void config_init(struct config *c);
