/* SPDX-License-Identifier: MIT */
/* local: images that are here already, in a file or a directory: an OCI layout (layout.h), an archive of one,
 * or what "docker save" writes (docker_archive.h). */
#pragma once

/* What an operand names: PATH, or PATH:NAME for an image of several that are there: a layout's by its tag or
 * digest, a docker archive's by its reference. Each may have colons in it: the longest part that is a path to
 * something is the path; with a name behind it, to a layout or a file. -ENOENT when there is none. *ret_name is
 * NULL without one. Silent; the caller frees. */
int local_split(const char *text, char **ret_path, char **ret_name);
