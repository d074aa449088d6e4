/* SPDX-License-Identifier: MIT */
/* fs: files by directory descriptor.
 *
 * Everything here is relative to a directory fd, silent, and returns 0 or a descriptor or a count,
 * or a negative errno. All descriptors are close-on-exec. Paths below a root that is not trusted
 * are resolved by the kernel with openat2(2), RESOLVE_IN_ROOT: ".." stops at the root and absolute
 * links start there. Needs Linux 5.6. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/macro.h"

/* Open path inside the tree of root_fd. flags as open(2); O_CLOEXEC is added. No magic links
 * (/proc/PID/fd/N) are followed. mode counts with O_CREAT only. */
int open_in_root(int root_fd, const char *path, int flags, mode_t mode);

/* Open a regular file inside root_fd for reading, and nothing else: -EISDIR, -ENOTSUP. With O_NOFOLLOW in
 * flags, -ELOOP if it is a link. Never blocks. */
int open_file_in_root(int root_fd, const char *path, int flags);

/* The directory path inside root_fd, as an O_PATH descriptor. path may be "" or "/" for the root itself. Links
 * are followed, also where the kernel would not follow the last part of a path, as it is somebody else's in a
 * directory such as /tmp (protected_symlinks, proc(5)). */
int open_dir_in_root(int root_fd, const char *path);

/* Open the directory path inside root_fd, making what is missing with this mode; each part is
 * resolved in the root. Returns an O_PATH descriptor. path may be "" or "/" for the root itself. */
int mkdir_in_root(int root_fd, const char *path, mode_t mode);

/* As mkdir_in_root() for the part before the last slash; *ret_name points at the last component
 * inside path. -EINVAL when the last component is empty, "." or "..". */
int open_parent_in_root(int root_fd, const char *path, mode_t mode, const char **ret_name);

/* A file's whole content, at most max bytes: -EFBIG if it is longer, -EINVAL if it has a NUL byte,
 * -EISDIR or -ENOTSUP if it is no regular file. The caller frees. Never blocks on a FIFO. */
int read_file_at(int dir_fd, const char *name, size_t max, char **ret_text);
int read_file_in_root(int root_fd, const char *path, size_t max, char **ret_text);

/* Of the file's bytes at the offset so many; fewer where it ends before. */
ssize_t pread_all(int fd, void *data, size_t len, uint64_t offset);

/* Write all of it. */
int write_all(int fd, const void *data, size_t len);

/* Replace the file name atomically and durably: a temporary file beside it, mode exactly as given,
 * fsync, rename, fsync of the directory. With WRITE_EXCL the file must not be there: -EEXIST. */
enum write_flags {
	WRITE_EXCL = 1 << 0,
	WRITE_NO_SYNC = 1 << 1, /* the caller makes it durable with others */
};
int write_file_atomic_at(int dir_fd, const char *name, const char *text, mode_t mode,
			 enum write_flags flags);

/* Remove the temporary files of write_file_atomic_at() for name ("": for any) that killed processes
 * have left. */
void remove_stale_temps(int dir_fd, const char *name);

/* Remove name and everything below it, without crossing into what is mounted there or following a
 * link; sub-directories that lack permissions are made writable, and files that are immutable or can only
 * be appended to (chattr(1)) lose that. Iterative: any depth. 0 if there is nothing. -EBUSY if something
 * is mounted below. */
int rmtree_at(int dir_fd, const char *name);
/* The same with everything in the directory. */
int rmtree_content(int dir_fd);

/* Make a directory with exactly this mode, umask or not; 0 when it is there already. */
int ensure_dir_at(int dir_fd, const char *name, mode_t mode);

/* Rename without replacing: -EEXIST when to is there. */
int rename_noreplace_at(int from_fd, const char *from, int to_fd, const char *to);

/* "/proc/self/fd/N", for the calls that take no descriptor. */
struct fd_path {
	char path[32];
};
struct fd_path fd_path(int fd);

/* True if there is something of this name; links are not followed. */
bool exists_at(int dir_fd, const char *name);

int fsync_dir_at(int dir_fd, const char *name);
