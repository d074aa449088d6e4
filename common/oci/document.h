/* SPDX-License-Identifier: MIT */
/* document: what a tag or a digest leads to in a registry or a layout: an index or a manifest.
 *
 * Which of the two it is, its "mediaType" and what is in it must agree upon, and with what the other side
 * calls it: bytes that are an index to one program and a manifest to another would let one image stand
 * for another one (GHSA-qq97-vm5h-rrhg). */
#pragma once

#include "oci/index.h"
#include "oci/manifest.h"

/* As much as registries take, the section "Pushing Manifests" of the OCI distribution specification. */
#define DOCUMENT_SIZE_MAX (4 * 1024 * 1024)
/* How many indexes may follow each other. */
#define DOCUMENT_DEPTH_MAX 4

struct document {
	enum media_kind kind; /* MEDIA_INDEX or MEDIA_MANIFEST */
	char *type_text;      /* what it calls itself; NULL: nothing */
	struct index index;
	struct manifest manifest;
};

#define DOCUMENT_INIT                 \
	{                             \
		.kind = MEDIA_UNKNOWN \
	}

/* type is what the descriptor or the Content-Type header calls it, NULL if nothing does; one that is not
 * known says nothing. Silent; sets *ret_message, whose subject is the document: "line 3: ...". ret is
 * filled on success only. */
int document_parse(const char *text, size_t len, const char *type, struct document *ret,
		   char **ret_message);
void document_done(struct document *d);
#define cleanup_document cleanup_(document_done)
