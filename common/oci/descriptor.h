/* SPDX-License-Identifier: MIT */
/* descriptor: what one document of an image says of another, or of a layer: its type, digest and size, the
 * section "OCI Content Descriptors" of the OCI image specification (descriptor.md).
 *
 * urls are not kept: content comes from where the image comes from, and from nowhere else. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/jsonread.h"
#include "layer/digest.h"
#include "oci/media_type.h"
#include "oci/platform.h"

struct descriptor {
	struct media_type type;
	char *type_text;
	struct digest digest;
	uint64_t size; /* bytes, at most JSON_INTEGER_MAX */
	bool has_platform;
	struct platform platform; /* of an entry of an index */
	char *ref_name; /* annotation org.opencontainers.image.ref.name: its tag in a layout; or NULL */
	char *image_name;    /* annotation io.containerd.image.name, a whole reference; or NULL */
	bool is_attestation; /* annotation vnd.docker.reference.type: it speaks of another entry */
};

/* Silent; sets *ret_message. ret is filled on success only. */
int descriptor_parse(const json_t *object, struct descriptor *ret, char **ret_message);
void descriptor_done(struct descriptor *d);
#define cleanup_descriptor cleanup_(descriptor_done)

/* A list of them, of a manifest's layers or an index. */
#define DESCRIPTORS_MAX 4096

struct descriptors {
	struct descriptor *v;
	size_t n;
};

/* Those of the array of this name, at most DESCRIPTORS_MAX; none if there is no such array. what is one
 * of them, for messages: "layer". */
int descriptors_parse(const json_t *object, const char *name, const char *what,
		      struct descriptors *ret, char **ret_message);
void descriptors_done(struct descriptors *list);
#define cleanup_descriptors cleanup_(descriptors_done)
