/* SPDX-License-Identifier: MIT */
/* remote: what the configuration says about how to reach others: time, trust, registries. */
#pragma once

#include "container/config.h"
#include "registry/registry.h"

/* http_new() with the times of the configuration. Logs. */
int remote_http_new(const struct config *config, struct http **ret);
/* registry_new() for a registry by its name: its section's mirrors, whether it may be insecure, whom to
 * believe, and who we are. A mirror is insecure if its own section says so or it is of this machine. Logs. */
int remote_registry_new(const struct config *config, struct http *http, const char *name,
			struct registry **ret);
