/* SPDX-License-Identifier: MIT */
/* spool: the plain bytes of a disk image, in a file without a name.
 *
 * What is compressed, or QCOW2, must be a plain file before the kernel can have it as a device. It is made by
 * workers without any privilege (host/worker.h), on the disk of a directory of ours and never beside the
 * user's file, sparse, at most 16 TiB long; it leaves some room on that disk for others, and is gone with
 * its descriptor. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* The first n bytes of what is compressed in the file from_fd, fewer when it is shorter or damaged.
 * Logs when that cannot be tried. */
ssize_t spool_peek(int from_fd, unsigned char *head, size_t n);

/* What is compressed in the file from_fd, which name is for messages, into a file on the disk of dir_fd: its
 * descriptor. Logs; -EINTR after an interrupt. */
int spool_decompress(int from_fd, int dir_fd, const char *name);
/* What comes from a pipe, which is closed then, as it is. */
int spool_pipe(int pipe_fd, int dir_fd, const char *name);
/* The same of the disk that is in a QCOW2 image. */
int spool_qcow2(int from_fd, int dir_fd, const char *name);
