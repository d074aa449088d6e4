/* SPDX-License-Identifier: MIT */
/* pick: the documents of a tarball, which say what the image in it is, without the layers beside them.
 *
 * Those are the regular files of it that begin as JSON does, in at most two directories, with names of
 * letters, digits and ".-_"; each at most as large as a document can be (document.h), all of them
 * PICK_TOTAL_MAX. Whatever else is in the tarball is passed over. */
#pragma once

#define PICK_SIZE_MAX (4 * 1024 * 1024)
#define PICK_TOTAL_MAX (256 * 1024 * 1024)

/* Put them into the directory root_fd, which is empty, by workers (archive.h). The tarball may be compressed;
 * name is what messages call it. Logs; -EINTR. */
int archive_pick(int archive_fd, int root_fd, const char *name);
