/* SPDX-License-Identifier: MIT */
/* scratch: a directory that is being filled, and becomes something as a whole or goes.
 *
 * Beside what it is to become, it is called .NAME.scratch-PID-N and locked, also by the workers that it was
 * handed to. One that a killed process has left, and nobody holds any more, goes when the next one for
 * NAME is made. Silent, with negative errnos. */
#pragma once

struct scratch {
	int parent_fd;
	char *name; /* in the parent; NULL when there is nothing to remove */
	int fd;     /* empty at first */
};

#define SCRATCH_INIT                      \
	{                                 \
		.parent_fd = -1, .fd = -1 \
	}
#define cleanup_scratch __attribute__((cleanup(scratch_done)))

/* In the directory parent_fd, for what is called name; of mode 0700. */
int scratch_begin(int parent_fd, const char *name, struct scratch *ret);
/* Where temporary files are: in $TMPDIR, or /var/tmp, for some are large. */
int scratch_begin_temp(struct scratch *ret);

/* It has the mode that it is to have, and all that is in it. Bring it onto the disk and to its name: what is
 * there is an empty directory at most; else -ENOTEMPTY, -EEXIST, -ENOTDIR. */
int scratch_publish(struct scratch *s, const char *name);

/* Remove it, unless it was published. Whatever still works in it has ended. */
void scratch_done(struct scratch *s);
