/* SPDX-License-Identifier: MIT */
/* feed: the bytes of a source that can be read only once, from a pipe while they come: of a URL, or of
 * another pipe.
 *
 *	feed_start(&spec, &feed);
 *	feed_wait(&feed);             its beginning has come, or it has ended
 *	... what is it? feed.head_fd; read it from feed.fd, and close that ...
 *	feed_finish(&feed);           was all of it there, and of that digest?
 *
 * Only after feed_finish() are the bytes known to be what they should be.
 *
 * A worker (host/worker.h) without any privilege but the network fetches them. A broken connection goes on
 * where it was (http.h); where the server cannot do that, it begins again, and what had come already is
 * passed over, after it was compared with what it was. */
#pragma once

#include "container/config.h"
#include "host/worker.h"
#include "layer/digest.h"

/* So much of the beginning is looked at before anything else: of what is compressed, too, it has to hold
 * what tells a disk image from an archive (FILESYSTEM_HEAD), and bzip2's blocks are of 900 kB. */
#define FEED_HEAD (1024 * 1024)

struct feed_spec {
	const char *url; /* http or https; NULL: read from_fd */
	int from_fd;
	const char *name;            /* for messages */
	const struct digest *digest; /* of all bytes; NULL: not known */
	const struct config *config; /* for a URL: time, trust, max_download_size */
};

struct feed {
	struct feed_spec spec;
	struct worker worker;
	int fd;      /* to be read from: a pipe */
	int head_fd; /* a file with the first bytes: FEED_HEAD of them if there are so many, fewer of a tarball */
};

#define FEED_INIT { .worker = WORKER_INIT, .fd = -1, .head_fd = -1 }
#define cleanup_feed __attribute__((cleanup(feed_done)))

/* What spec points to must stay. Logs. */
int feed_start(const struct feed_spec *spec, struct feed *ret);
/* Wait for the beginning. Logs when there is none, and when it is a web page; -EINTR. */
int feed_wait(struct feed *f);
/* Wait for the end. Logs; -EINTR. */
int feed_finish(struct feed *f);
/* Whatever still runs is killed. */
void feed_done(struct feed *f);
