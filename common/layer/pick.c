/* SPDX-License-Identifier: MIT */
#include "layer/pick.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "layer/archive.h"
#include "layer/ring.h"
#include "lazy/libarchive.h"

struct picker {
	struct archive *archive;
	int root_fd;
	const struct worker_report *report;
	char *buffer; /* PICK_SIZE_MAX */
	size_t total;
	struct ring_end from;
	char block[RING_BLOCK];
};

static void picker_done(struct picker *p)
{
	if (p->archive)
		archive_read_free(p->archive);
	free(p->buffer);
	free(p);
}
DEFINE_CLEANUP(struct picker *, picker_done)

static la_ssize_t read_block(struct archive *a, void *data, const void **ret_block)
{
	struct picker *p = data;

	(void)a;
	*ret_block = p->block;
	return ring_get(&p->from, p->block);
}

static int damaged(const struct picker *p)
{
	const char *text = archive_error_string(p->archive);

	return worker_error(p->report, "it is no tarball, damaged or cut short: %s",
			    text ? text : "no reason given");
}

/* "index.json", "blobs/sha256/HEX"; neither hidden nor "..". */
static bool is_name(const char *path)
{
	unsigned n = 0;

	for (;;) {
		size_t len = strspn(path, "abcdefghijklmnopqrstuvwxyz"
					  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

		if (len == 0 || *path == '.' || ++n > 3)
			return false;
		if (path[len] == '\0')
			return true;
		if (path[len] != '/')
			return false;
		path += len + 1;
	}
}

static bool is_json(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && strchr(" \t\r\n", text[n]) && text[n])
		n++;
	return n < len && (text[n] == '{' || text[n] == '[');
}

static int write_file(const struct picker *p, const char *path, size_t len)
{
	const char *name;
	cleanup_close int parent_fd = open_parent_in_root(p->root_fd, path, 0700, &name);
	cleanup_close int fd = -1;

	if (parent_fd < 0)
		return parent_fd;
	fd = openat(parent_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : write_all(fd, p->buffer, len);
}

static int pick_entry(struct picker *p, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	int64_t size = archive_entry_size(entry);
	la_ssize_t len;
	int r;

	while (path && after_prefix(path, "./"))
		path += 2;
	if (!path || archive_entry_filetype(entry) != S_IFREG || archive_entry_hardlink(entry) ||
	    size <= 0 || size > PICK_SIZE_MAX || !is_name(path))
		return 0;
	len = archive_read_data(p->archive, p->buffer, (size_t)size);
	if (len != size)
		return damaged(p);
	if (!is_json(p->buffer, (size_t)len))
		return 0;
	p->total += (size_t)len;
	if (p->total > PICK_TOTAL_MAX)
		return worker_error(p->report, "it has more than %d bytes of documents",
				    PICK_TOTAL_MAX);
	r = write_file(p, path, (size_t)len);
	return r < 0 ? worker_error(p->report, "cannot write '%s': %s", path, strerror(-r)) : 0;
}

/* The work of a worker, as untar() is. */
static int pick(const int *fds, const struct worker_report *report)
{
	cleanup_(picker_done_p) struct picker *p = xcalloc(1, sizeof(*p));
	struct archive_entry *entry;
	int r;

	setlocale(LC_ALL, "C");
	p->root_fd = fds[1];
	p->report = report;
	p->from = ring_end(report->arg, fds[0], fds + 2);
	p->buffer = xmalloc(PICK_SIZE_MAX);
	p->archive = archive_read_new();
	if (!p->archive)
		return worker_error(report, "%s", strerror(ENOMEM));
	archive_read_support_format_tar(p->archive);
	if (archive_read_open(p->archive, p, NULL, read_block, NULL) != ARCHIVE_OK)
		return damaged(p);
	while ((r = archive_read_next_header(p->archive, &entry)) != ARCHIVE_EOF) {
		/* Bytes that are no letters of the locale (untar.c): a name that is none of ours. */
		if (r != ARCHIVE_OK && !(r == ARCHIVE_WARN && archive_errno(p->archive) == EILSEQ))
			return damaged(p);
		r = pick_entry(p, entry);
		if (r < 0)
			return r;
	}
	return 0;
}

int archive_pick(int archive_fd, int root_fd, const char *name)
{
	cleanup_archive_run struct archive_run run = ARCHIVE_RUN_INIT;
	cleanup_free char *message = NULL;
	int r = decompress_load();

	if (r >= 0)
		r = archive_start(archive_fd, NULL, root_fd, pick, &run);
	if (r >= 0)
		r = archive_finish(&run, name, &message);
	return message ? log_error_code(r, "cannot read '%s': %s", name, message) : r;
}
