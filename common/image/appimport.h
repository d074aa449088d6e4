/* SPDX-License-Identifier: MIT */
/* appimport: an image becomes a root filesystem: a system of its own, or an application, in a layer on
 * another root filesystem, its base, whose tree is neither copied nor looked through.
 *
 *	appimport_begin()     after stage_begin()
 *	appimport_place()     what source_unpack() calls; whether it is one is decided here
 *	appimport_finish()    after source_unpack(), if is_app
 *
 * The layer has what container/applayer.h says, and directories on the way to it that look as the base's.
 * The application comes to the others of the root filesystem that is there if it is added: then the stage
 * is a copy of its layer, in which files are linked.
 *
 * The meta has APP.NAME.SOURCE, .IMPORTED and what image_describe() tells, for each application; of the
 * only one, the same without the prefix. IMPORTED without it is when the root filesystem was changed last. */
#pragma once

#include <stdbool.h>

#include "app/app.h"
#include "container/stage.h"
#include "oci/image_config.h"

enum oci_mode {
	OCI_MODE_AUTO, /* as the configuration of the image looks (classify.h) */
	OCI_MODE_BASE, /* a system */
	OCI_MODE_APP,
	OCI_MODE_CONNECTOR, /* an application whose program others run, connector.h */
};
#define OCI_MODES "auto base app connector"
/* -EINVAL if it is none of these. Silent. */
int oci_mode_parse(const char *word, enum oci_mode *ret);

struct appimport {
	/* What is asked for; the caller's. */
	enum oci_mode mode;
	const char *base;      /* --base-fs; NULL: default_base_fs */
	const char *app;       /* its name, which is a good one; NULL: as below */
	const char *suggested; /* as far as it can be its name; NULL: that of the root filesystem */
	bool add;              /* to those that are there */
	bool force;            /* though the base cannot boot; in place of one of the same name */
	const char *source;    /* for messages */

	/* What becomes of it. */
	bool is_app;
	char *name;
	struct app config;
	struct strv env, ports, volumes; /* lines of the files */
	char *base_name;
	int base_lock, base_fd; /* a view */
	int old_fd;             /* the layer that is there when it is added */
};

#define APPIMPORT_INIT                                                                      \
	{                                                                                   \
		.config = APP_INIT, .base_lock = -1, .base_fd = -1, .old_fd = -1 \
	}
#define cleanup_appimport __attribute__((cleanup(appimport_done)))

/* What can be seen to be wrong before there is an image. Logs. */
int appimport_begin(struct appimport *im, const struct stage *stage);
/* A source_place. */
int appimport_place(const struct image_config *config, struct stage *stage, void *data, int *ret_fd);
/* The tree is unpacked: all else. meta is what is known of the import, and then of the root filesystem.
 * Logs. */
int appimport_finish(const struct appimport *im, const struct stage *stage, struct kvfile *meta);
void appimport_done(struct appimport *im);
