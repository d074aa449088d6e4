/* SPDX-License-Identifier: MIT */
#include "layer/untar.h"

#include <errno.h>
#include <linux/posix_acl.h>
#include <locale.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/inode.h"
#include "container/store.h"
#include "layer/acl.h"
#include "layer/place.h"
#include "layer/ring.h"
#include "layer/strict.h"
#include "lazy/libarchive.h"

/* One line says it; a hostile archive could make it a million. */
#define WARNINGS_MAX 3

struct untar {
	struct archive *archive;
	struct place place;
	const struct worker_report *report;
	struct strict *strict;
	unsigned n_warnings;
	bool has_warned_of_names; /* in access lists: where there is one, there are many */

	struct ring_end from;
	char *buffer;    /* what was read last */
	size_t n_buffer; /* its length */
	int64_t n_read;  /* of all */
};

static void untar_done(struct untar *u)
{
	if (u->archive)
		archive_read_free(u->archive);
	place_done(&u->place);
	strict_free(u->strict);
	free(u->buffer);
}

/* The next bytes, to the buffer. */
static ssize_t read_some(struct untar *u)
{
	ssize_t n = ring_get(&u->from, u->buffer);

	if (n > 0)
		strict_add(u->strict, u->buffer, (size_t)n);
	return n;
}

static la_ssize_t read_block(struct archive *a, void *data, const void **ret_block)
{
	struct untar *u = data;
	ssize_t n = read_some(u);

	(void)a;
	u->n_buffer = n > 0 ? (size_t)n : 0;
	u->n_read += (int64_t)u->n_buffer;
	*ret_block = u->buffer;
	return n;
}

static int damaged(const struct untar *u)
{
	const char *text = archive_error_string(u->archive);

	if (!text)
		text = strict_wrong(u->strict);
	return worker_error(u->report, "it is no tarball, damaged or cut short: %s",
			    text ? text : "no reason given");
}

static int failed(const struct untar *u, const char *path, int r)
{
	return worker_error(u->report, "'%s': %s", path, u->place.reason ? u->place.reason : store_write_error(r));
}

static void warn(struct untar *u, const char *path, const char *what)
{
	if (u->n_warnings++ < WARNINGS_MAX)
		worker_warning(u->report, "'%s': %s", path, what);
}

/* --- what an entry says ------------------------------------------------------------------- */

static int read_entry(struct untar *u, struct archive_entry *entry, struct place_entry *ret)
{
	int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);
	unsigned type = archive_entry_filetype(entry);

	*ret = (struct place_entry){
		.path = archive_entry_pathname(entry),
		.hard_link = archive_entry_hardlink(entry),
		.symlink = archive_entry_symlink(entry),
		.mode = (mode_t)(type | archive_entry_perm(entry)),
		.uid = (uid_t)uid,
		.gid = (gid_t)gid,
		.rdev = makedev((unsigned)archive_entry_rdevmajor(entry),
				(unsigned)archive_entry_rdevminor(entry)),
		.mtime = { .tv_sec = archive_entry_mtime(entry), .tv_nsec = archive_entry_mtime_nsec(entry) },
	};
	/* Of -5.25 libarchive makes -5 and 250000000, which is -4.75. */
	if (ret->mtime.tv_sec < 0 && ret->mtime.tv_nsec > 0) {
		ret->mtime.tv_sec--;
		ret->mtime.tv_nsec = 1000000000 - ret->mtime.tv_nsec;
	}
	if (!ret->path)
		return worker_error(u->report, "it is damaged: an entry has no name");
	/* The last number means "unchanged" to chown(2). */
	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		u->place.reason = "its owner's number is out of range";
	return u->place.reason ? failed(u, ret->path, -EINVAL) : 0;
}

/* --- content ------------------------------------------------------------------------------ */

static int write_at(int fd, const char *data, size_t size, int64_t offset)
{
	while (size > 0) {
		ssize_t n = pwrite(fd, data, size, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
		offset += n;
	}
	return 0;
}

static int write_content(struct untar *u, struct archive_entry *entry, const char *path, int fd)
{
	int64_t size = archive_entry_size(entry), end = 0;
	const void *block;
	la_int64_t offset;
	size_t n;
	int r;

	while ((r = archive_read_data_block(u->archive, &block, &n, &offset)) == ARCHIVE_OK) {
		r = write_at(fd, block, n, offset);
		if (r < 0)
			return failed(u, path, r);
		if (n > 0)
			end = offset + (int64_t)n;
	}
	if (r != ARCHIVE_EOF)
		return damaged(u);
	/* A hole at the end. */
	if (archive_entry_size_is_set(entry) && size > end && ftruncate(fd, size) < 0)
		return failed(u, path, -errno);
	return 0;
}

/* --- attributes --------------------------------------------------------------------------- */

/* What a tarball may set, whoever made it: labels and marks of security modules and file systems are
 * this machine's affair. "user." ones exist on files and directories only. */
static bool may_set(const char *name, mode_t mode)
{
	if (streq(name, "security.capability"))
		return S_ISREG(mode);
	return after_prefix(name, "user.") && xattr_is_kept(name) && (S_ISREG(mode) || S_ISDIR(mode));
}

static int set_xattrs(struct untar *u, struct archive_entry *entry, const struct place_entry *e, int fd)
{
	const char *name;
	const void *value;
	size_t size;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
		int r = name && may_set(name, e->mode) ? inode_set_xattr(fd, name, value, size) : 0;

		if (r < 0 && r != -ENOTSUP)
			return worker_error(u->report, "cannot set the attribute '%s' of '%s': %s", name,
					    e->path, strerror(-r));
	}
	return 0;
}

/* libarchive's tag as the kernel's; 0 for those of other kinds of lists. */
static uint16_t acl_tag(int tag)
{
	switch (tag) {
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return ACL_USER_OBJ;
	case ARCHIVE_ENTRY_ACL_USER:
		return ACL_USER;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return ACL_GROUP_OBJ;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return ACL_GROUP;
	case ARCHIVE_ENTRY_ACL_MASK:
		return ACL_MASK;
	case ARCHIVE_ENTRY_ACL_OTHER:
		return ACL_OTHER;
	default:
		return 0;
	}
}

static int read_acl(struct untar *u, struct archive_entry *entry, int type, struct acl *acl)
{
	const char *path = archive_entry_pathname(entry), *name;
	int entry_type, permset, tag, id;

	acl->n = 0;
	if (archive_entry_acl_reset(entry, type) == 0)
		return 0;
	while (archive_entry_acl_next(entry, type, &entry_type, &permset, &tag, &id, &name) == ARCHIVE_OK) {
		struct acl_entry e = { acl_tag(tag), (uint16_t)(permset & 7), ACL_UNDEFINED_ID };
		bool named = e.tag == ACL_USER || e.tag == ACL_GROUP;

		if (named && id < 0) {
			/* The users of this machine are not the archive's. */
			if (!u->has_warned_of_names)
				warn(u, path,
				     "its access list has a name without a number, which is left out, here and elsewhere");
			u->has_warned_of_names = true;
			continue;
		}
		if (e.tag == 0 || acl->n == ACL_ENTRIES_MAX) {
			u->place.reason = "its access list is not a POSIX one or too long";
			return failed(u, path, -EINVAL);
		}
		if (named)
			e.id = (uint32_t)id;
		acl->entries[acl->n++] = e;
	}
	return 0;
}

static int set_acls(struct untar *u, struct archive_entry *entry, const struct place_entry *e, int fd)
{
	static const int types[] = { ARCHIVE_ENTRY_ACL_TYPE_ACCESS, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT };
	struct acl acl;

	for (int i = 0; i < 2 && !S_ISLNK(e->mode); i++) {
		int r = read_acl(u, entry, types[i], &acl);

		if (r < 0)
			return r;
		if (acl.n == 0)
			continue;
		r = acl_set(fd, &acl, i == 1);
		if (r < 0)
			return worker_error(u->report, "cannot set the access list of '%s': %s", e->path,
					    strerror(-r));
		u->place.clear_acls |= i == 1;
	}
	return 0;
}

/* --- entries ------------------------------------------------------------------------------ */

static int unpack_entry(struct untar *u, struct archive_entry *entry)
{
	cleanup_close int fd = -1;
	struct place_entry e;
	int r = read_entry(u, entry, &e);

	if (r < 0)
		return r;
	r = place_create(&u->place, &e, &fd);
	if (r < 0)
		return failed(u, e.path, r);
	if (fd < 0)
		return 0;
	if (S_ISREG(e.mode)) {
		r = write_content(u, entry, e.path, fd);
		if (r < 0)
			return r;
	}
	r = place_own(&u->place, &e, fd);
	if (r < 0)
		return failed(u, e.path, r);
	r = set_xattrs(u, entry, &e, fd);
	if (r >= 0)
		r = set_acls(u, entry, &e, fd);
	if (r < 0 || !archive_entry_mtime_is_set(entry))
		return r;
	r = place_time(&u->place, &e, fd);
	return r < 0 ? failed(u, e.path, r) : 0;
}

static bool has_data(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i])
			return true;
	}
	return false;
}

/* Read what is left, so that the writer's checksums are checked, and see that the end was one, and that
 * others would have seen the same entries. */
static int check_end(struct untar *u)
{
	int64_t used = archive_filter_bytes(u->archive, 0);
	int64_t left = u->n_read - used;
	bool more = false;
	ssize_t n;

	if (strict_wrong(u->strict))
		return worker_error(u->report, "it is damaged: %s", strict_wrong(u->strict));
	if (used <= archive_read_header_position(u->archive))
		return worker_error(u->report, "it is cut short: the block that ends a tarball is not there");
	if (left > 0 && (size_t)left <= u->n_buffer)
		more = has_data(u->buffer + u->n_buffer - left, (size_t)left);
	while ((n = read_some(u)) > 0)
		more = more || has_data(u->buffer, (size_t)n);
	if (n < 0)
		return worker_error(u->report, "cannot read it: %s", strerror((int)-n));
	if (more)
		worker_warning(u->report, "what follows the end of the tarball is not used");
	return 0;
}

static int unpack_all(struct untar *u)
{
	struct archive_entry *entry;
	int r;

	while ((r = archive_read_next_header(u->archive, &entry)) != ARCHIVE_EOF) {
		/* Names are bytes to us. In the "C" locale libarchive hands on those that are not ASCII
		 * as they are, with this warning; others mean that a header was not understood. */
		if (r != ARCHIVE_OK && !(r == ARCHIVE_WARN && archive_errno(u->archive) == EILSEQ))
			return damaged(u);
		r = unpack_entry(u, entry);
		if (r < 0)
			return r;
	}
	r = place_finish(&u->place);
	if (r < 0)
		return worker_error(u->report, "cannot set the time of a directory: %s", strerror(-r));
	return check_end(u);
}

static int run(struct untar *u, const int *fds)
{
	mode_t mask;
	int r;

	u->from = ring_end(u->report->arg, fds[0], fds + 2);
	u->strict = strict_new();
	u->buffer = malloc(RING_BLOCK);
	u->archive = archive_read_new();
	setlocale(LC_ALL, "C");
	if (!u->archive || !u->buffer)
		return worker_error(u->report, "%s", strerror(ENOMEM));
	archive_read_support_format_tar(u->archive);
	if (archive_read_open(u->archive, u, NULL, read_block, NULL) != ARCHIVE_OK)
		return damaged(u);
	mask = umask(0);
	r = unpack_all(u);
	umask(mask);
	return r;
}

int untar(const int *fds, const struct worker_report *report)
{
	cleanup_(untar_done) struct untar u = {
		.place = PLACE_INIT(fds[1]),
		.report = report,
	};

	return run(&u, fds);
}

int untar_layer(const int *fds, const struct worker_report *report)
{
	cleanup_(untar_done) struct untar u = {
		.place = PLACE_INIT(fds[1]),
		.report = report,
	};

	u.place.is_layer = true;
	return run(&u, fds);
}
