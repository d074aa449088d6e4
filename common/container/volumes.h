/* SPDX-License-Identifier: MIT */
/* volumes: what the applications of a container keep when the container goes.
 *
 * volumes/CONTAINER/VOLUME/ of the data directory is bound over a path that an image declares. A new
 * one begins as what the image has there: its files, owner and mode. VOLUME is APP-PATH, PATH without
 * the slash in front and each other slash as '-'; what is '-', '%' or ':' in them is %2D, %25 or %3A,
 * so no two paths have one name. Owners are those inside the container, also where it has a user
 * namespace. */
#pragma once

#include "container/state.h"
#include "container/upper.h"

/* Make those of an application and add them to c->oci_volumes, but for what c->binds has already, and
 * for what cannot be a volume, which is worth a warning. Where PATH leads in the image is looked up in
 * the layers below u. What was made is added to made, for volumes_undo(). Logs. */
int volumes_add(const struct store *s, struct container *c, const char *app, const struct upper *u,
		struct strv *made);
/* Remove them again. */
void volumes_undo(const struct store *s, const char *container, const struct strv *made);

/* An entry of c->oci_volumes: the directory on the host, and where in the container it is seen. The
 * caller frees the first. */
char *volume_source(const struct store *s, const char *container, const char *volume);
const char *volume_target(const char *volume);

/* The directory volumes/CONTAINER if it is there, else NULL; the caller frees. */
char *volumes_of(const struct store *s, const char *container);
