/* SPDX-License-Identifier: MIT */
/* classify: whether an image is a system, or an application that is to run in one. */
#pragma once

#include <stdbool.h>

#include "oci/image_config.h"

/* A system exposes no ports, has no Entrypoint, and its Cmd is one word, bash or sh wherever it is; or it
 * has no Cmd, for then there is nothing to run. */
bool image_is_system(const struct image_config *c);

/* What tells, in the words of the configuration: 'Entrypoint ["/init"], Cmd ["-v"], ExposedPorts
 * ["80/tcp"]'. The caller frees; json_load() comes first. */
char *image_command_text(const struct image_config *c);
