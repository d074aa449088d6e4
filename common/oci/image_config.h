/* SPDX-License-Identifier: MIT */
/* image_config: what the configuration of an image says: for which platform it is, of which layers its
 * root filesystem consists, and how its program is run: config.md of the OCI image specification, and
 * Docker's additions to it (docker's image specification v1.2: Healthcheck).
 *
 * Types, counts and lengths are checked, and the forms of what has one here. Words, values and names that
 * go to execve(2) are as the image has them, with any byte but NUL: who writes them to a file quotes them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/strv.h"
#include "oci/manifest.h"

#define IMAGE_CONFIG_SIZE_MAX (4 * 1024 * 1024)
/* Of each list. */
#define IMAGE_CONFIG_ENTRIES_MAX 4096
/* What execve(2) takes of one string: MAX_ARG_STRLEN without the NUL. */
#define IMAGE_CONFIG_STRING_MAX (128 * 1024 - 1)

struct image_healthcheck {
	struct strv test; /* "NONE"; "CMD" ARG...; "CMD-SHELL" COMMAND. Empty: there is no check */
	uint64_t interval_ns, timeout_ns, start_period_ns,
		start_interval_ns; /* 0: docker's default */
	uint64_t retries;          /* 0: docker's default */
};

struct image_config {
	struct platform platform; /* what is not said is NULL */
	struct digest *diff_ids;  /* of the layers' tar archives, the lowest first */
	size_t n_diff_ids;
	char *user;        /* USER[:GROUP], names or numbers; NULL: root */
	char *working_dir; /* absolute and in normal form; NULL: none */
	char *stop_signal; /* "SIGTERM", "TERM", "15", "SIGRTMIN+3"; NULL: none */
	struct strv env;   /* NAME=VALUE */
	struct strv entrypoint, cmd;
	struct strv ports;                     /* PORT/PROTOCOL: tcp, udp, sctp */
	struct strv volumes;                   /* absolute, in normal form, never "/" */
	struct strv label_names, label_values; /* of the same length */
	struct image_healthcheck healthcheck;
};

#define IMAGE_CONFIG_INIT    \
	{                    \
		.user = NULL \
	}

/* Silent; sets *ret_message. ret is filled on success only. */
int image_config_parse(const char *text, size_t len, struct image_config *ret, char **ret_message);

/* Whether the configuration is of the manifest that names it, and for the platform that is wanted: as many
 * diff_ids as layers. Silent; sets *ret_message. */
int image_config_check(const struct image_config *config, const struct manifest *manifest,
		       const struct platform *wanted, char **ret_message);

void image_config_done(struct image_config *config);
#define cleanup_image_config cleanup_(image_config_done)
