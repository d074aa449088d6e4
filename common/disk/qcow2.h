/* SPDX-License-Identifier: MIT */
/* qcow2: read a disk image of QEMU's, one that may be hostile.
 *
 * The format is docs/interop/qcow2.rst of QEMU; versions 2 and 3, compressed clusters of both kinds. No
 * other file is ever opened: an image with a backing file or an external data file is refused, and so
 * is one that is encrypted, marked as corrupt, or has features that we do not know, extended L2
 * entries among them. Snapshots inside the image are passed over; what is read is its present state.
 *
 * All tables are gone through once when the image is opened: whatever they point at must be inside of
 * the file, and nothing may be used twice, so that a small file cannot hold endless data. Offsets are
 * checked again at each use, for the file may change. Memory is bounded: an L1 table of 32 MiB, what a
 * few L2 tables take, and for the check two bits a cluster of the file.
 *
 *	cleanup_(qcow2_free_p) struct qcow2 *q = qcow2_new(fd);
 *	while ((r = qcow2_next_data(q, end, &start, &end)) > 0)
 *		... qcow2_read() from start to end; all else is zero ...
 *
 * Silent: -1 is a failure and qcow2_wrong() says which, once and for all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

#define QCOW2_MAGIC "QFI\xfb"
#define QCOW2_CLUSTER_MAX (2 * 1024 * 1024)
/* The largest disk, in bytes: as large as a file of ext4 with blocks of 4 KiB. */
#define QCOW2_SIZE_MAX (1ULL << 44)

struct qcow2;

/* Load the libraries that compressed clusters need. Logs. */
int qcow2_load(void);

/* fd stays the caller's. Never NULL; when it cannot be used, qcow2_wrong() says so. */
struct qcow2 *qcow2_new(int fd);
/* What is wrong with it, or NULL; static. */
const char *qcow2_wrong(const struct qcow2 *q);
/* Of the disk in it, in bytes. */
uint64_t qcow2_size(const struct qcow2 *q);
/* It was not closed properly. That concerns reference counts, which reading has no use for. */
bool qcow2_is_dirty(const struct qcow2 *q);

/* The next range at or behind offset that holds data: 1, 0 when there is none, -1. At most
 * QCOW2_CLUSTER_MAX bytes; more may follow at its end. */
int qcow2_next_data(struct qcow2 *q, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end);
/* n bytes of the disk, all of them inside of it. 0 or -1. */
int qcow2_read(struct qcow2 *q, uint64_t offset, void *buffer, size_t n);

void qcow2_free(struct qcow2 *q);
DEFINE_CLEANUP(struct qcow2 *, qcow2_free)
