/* SPDX-License-Identifier: MIT */
#include "disk/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/copytree.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "container/store.h"
#include "disk/filesystem.h"
#include "disk/partition.h"
#include "disk/qcow2.h"
#include "disk/spool.h"
#include "host/loopmount.h"

#define SECTOR 512

/* --- what it is --------------------------------------------------------------------------- */

static bool begins_with(const unsigned char *head, size_t n, size_t offset, const char *magic,
			size_t size)
{
	return n >= offset + size && memcmp(head + offset, magic, size) == 0;
}

#define HAS(head, n, offset, magic) begins_with(head, n, offset, magic, sizeof(magic) - 1)

static bool is_packed(const unsigned char *head, size_t n)
{
	return HAS(head, n, 0, "\x1f\x8b") || HAS(head, n, 0, "BZh") ||
	       HAS(head, n, 0,
		   "\xfd"
		   "7zXZ") ||
	       HAS(head, n, 0, "\x28\xb5\x2f\xfd") || HAS(head, n, 0, "\x04\x22\x4d\x18") ||
	       HAS(head, n, 0, "LZIP");
}

/* Each entry's first byte must be one of two, so that no tarball is taken for one by chance. */
static bool has_mbr(const unsigned char *head, size_t n)
{
	if (!HAS(head, n, 510, "\x55\xaa"))
		return false;
	for (int entry = 446; entry < 510; entry += 16) {
		if (head[entry] != 0 && head[entry] != 0x80)
			return false;
	}
	return true;
}

static enum disk_format find_format(const unsigned char *head, size_t n)
{
	struct filesystem fs;

	if (HAS(head, n, 0, QCOW2_MAGIC))
		return DISK_QCOW2;
	if (HAS(head, n, 257, "ustar")) /* a tarball, whatever the files in it are */
		return DISK_NONE;
	if (HAS(head, n, 512, "EFI PART") || HAS(head, n, 4096, "EFI PART") || has_mbr(head, n) ||
	    filesystem_probe(head, n, UINT64_MAX, &fs))
		return DISK_RAW;
	return DISK_NONE;
}

static ssize_t read_head(int fd, uint64_t offset, uint64_t size, unsigned char *head)
{
	return pread_all(fd, head, size < FILESYSTEM_HEAD ? (size_t)size : FILESYSTEM_HEAD, offset);
}

int disk_detect(int fd, struct disk *ret)
{
	cleanup_free unsigned char *head = xmalloc(FILESYSTEM_HEAD);
	ssize_t n = read_head(fd, 0, FILESYSTEM_HEAD, head);

	if (n < 0)
		return log_error_errno((int)n, "cannot read the file");
	ret->is_packed = is_packed(head, (size_t)n);
	if (ret->is_packed)
		n = spool_peek(fd, head, FILESYSTEM_HEAD);
	if (n < 0)
		return (int)n;
	ret->format = find_format(head, (size_t)n);
	return 0;
}

/* --- the root in it ----------------------------------------------------------------------- */

struct search {
	int fd; /* the plain image */
	uint64_t size;
	const char *name;
	struct partition_table table;
	struct strbuf why;     /* what was there in place of a root */
	int mount_fd, root_fd; /* what was found; root_fd is in mount_fd */
};

/* A part of the image: a partition, or all of it. */
struct part {
	unsigned number; /* 0: all */
	uint64_t offset, size;
};

static bool holds_system(int root_fd)
{
	static const char *const signs[] = { "usr/lib/os-release", "etc/os-release", "sbin/init",
					     "usr/sbin/init" };

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		cleanup_close int fd = open_in_root(root_fd, signs[i], O_PATH | O_NOFOLLOW, 0);

		if (fd >= 0)
			return true;
	}
	return false;
}

/* The directory of the mount that is the root, or -ENOENT. */
static int find_root(int mount_fd, const struct filesystem *fs, bool any)
{
	static const char *const subvolumes[] = { "root", "@", "@rootfs" };

	if (holds_system(mount_fd))
		return fcntl(mount_fd, F_DUPFD_CLOEXEC, 3);
	for (size_t i = 0; streq(fs->driver, "btrfs") && i < ARRAY_SIZE(subvolumes); i++) {
		cleanup_close int fd = open_in_root(mount_fd, subvolumes[i],
						    O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

		if (fd >= 0 && holds_system(fd))
			return TAKE_FD(fd);
	}
	return any ? fcntl(mount_fd, F_DUPFD_CLOEXEC, 3) : -ENOENT;
}

attr_printf(3, 4) static int not_this(struct search *s, const struct part *p, const char *format,
				      ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = xvasprintf(format, ap);
	va_end(ap);
	if (p->number)
		strbuf_addf(&s->why, "%spartition %u is %s", s->why.len ? ", " : "", p->number,
			    text);
	else
		strbuf_addf(&s->why, "it is %s", text);
	return 0;
}

static int mount_part(struct search *s, const struct part *p, const struct filesystem *fs)
{
	const struct loopmount m = { s->fd, p->offset, p->size / SECTOR * SECTOR, fs->driver,
				     fs->options };
	cleanup_free char *why = NULL;
	int r = loopmount(&m, &why);

	if (r >= 0) {
		s->mount_fd = r;
		return 1;
	}
	if (r == -ENXIO)
		return log_error_code(
			r,
			"cannot import '%s': the file system in it must be mounted, and there are no "
			"loop devices here (/dev/loop-control, /dev/loopN)",
			s->name);
	if (r == -EPERM || r == -EMFILE || r == -EINTR)
		return log_error_errno(r, "cannot mount the file system in '%s'", s->name);
	if (r == -ENODEV)
		return not_this(s, p, "%s, which this kernel does not know", fs->text);
	return not_this(s, p, "%s that cannot be mounted: %s", fs->text, why ? why : strerror(-r));
}

/* 1 when it is the root. */
static int try_part(struct search *s, const struct part *p)
{
	cleanup_free unsigned char *head = xmalloc(FILESYSTEM_HEAD);
	ssize_t n = read_head(s->fd, p->offset, p->size, head);
	struct filesystem fs;
	int r;

	if (n < 0)
		return log_error_errno((int)n, "cannot read '%s'", s->name);
	if (!filesystem_probe(head, (size_t)n, p->size, &fs))
		return not_this(s, p, "no file system");
	if (!fs.driver)
		return not_this(s, p, "%s", fs.text);
	if (fs.is_cut_short)
		return not_this(s, p, "%s, cut short", fs.text);
	r = mount_part(s, p, &fs);
	if (r <= 0)
		return r;
	/* A file system alone is what was asked for, whatever is in it. */
	s->root_fd = find_root(s->mount_fd, &fs, p->number == 0);
	if (s->root_fd >= 0) {
		if (fs.is_dirty)
			log_warning(
				"the file system in '%s' was not unmounted: its last changes may be missing",
				s->name);
		log_debug("the root filesystem in '%s' is %s, at byte %llu", s->name, fs.text,
			  (unsigned long long)p->offset);
		return 1;
	}
	close(TAKE_FD(s->mount_fd));
	return not_this(s, p, "%s without a system in it", fs.text);
}

static int try_partitions(struct search *s, bool typed)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->table.n; i++) {
		const struct partition *p = &s->table.partitions[i];

		if (partition_is_root(p) == typed)
			r = try_part(s, &(struct part){ p->number, p->offset, p->size });
		if (interrupted())
			r = -EINTR;
	}
	return r;
}

/* Of a file system alone, the first sector belongs to a boot loader: a table there need not be one. */
static int search_root(struct search *s)
{
	int r = partition_read(s->fd, s->size, &s->table);

	if (r == -EBADMSG && s->table.kind == PARTITION_GPT)
		return log_error_code(
			r, "cannot import '%s': its partition table (GPT) is not valid: %s",
			s->name, s->table.wrong);
	if (r < 0 && r != -EBADMSG)
		return log_error_errno(r, "cannot read '%s'", s->name);
	if (r == -EBADMSG || s->table.kind == PARTITION_NONE) {
		r = try_part(s, &(struct part){ 0, 0, s->size });
		if (r == 0 && s->table.wrong)
			strbuf_addf(&s->why, ", and its partition table (MBR) is not valid: %s",
				    s->table.wrong);
	} else {
		r = try_partitions(s, true);
		if (r == 0)
			r = try_partitions(s, false);
	}
	if (r == 0)
		return log_error_code(
			-ENOENT, "cannot import '%s': there is no root filesystem in it: %s",
			s->name, s->why.len ? strbuf_str(&s->why) : "it has no partitions");
	return r;
}

static int copy_root(const struct search *s, int to_fd)
{
	const struct copytree copy = { .from_fd = s->root_fd, .to_fd = to_fd, .except_fd = -1 };
	cleanup_free char *path = NULL;
	int r = copytree(&copy, &path);

	if (r < 0 && r != -EINTR)
		return log_error_code(r, "cannot copy '/%s' of '%s': %s", path ? path : "", s->name,
				      store_write_error(r));
	return r;
}

static void search_done(struct search *s)
{
	if (s->root_fd >= 0)
		close(s->root_fd);
	if (s->mount_fd >= 0)
		close(s->mount_fd);
	partition_table_done(&s->table);
	strbuf_done(&s->why);
}

static int import_raw(int fd, int to_fd, const char *name)
{
	cleanup_(search_done) struct search s = {
		.fd = fd, .name = name, .why = STRBUF_INIT, .mount_fd = -1, .root_fd = -1
	};
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return log_error_errno(-errno, "cannot read '%s'", name);
	s.size = (uint64_t)st.st_size;
	r = search_root(&s);
	return r < 0 ? r : copy_root(&s, to_fd);
}

int disk_unpack(const struct disk *disk, int fd, int to_fd, const char *name)
{
	cleanup_close int plain_fd = -1, raw_fd = -1;

	if (disk->is_packed) {
		plain_fd = spool_decompress(fd, to_fd, name);
		if (plain_fd < 0)
			return plain_fd;
		fd = plain_fd;
	}
	if (disk->format == DISK_QCOW2) {
		raw_fd = spool_qcow2(fd, to_fd, name);
		if (raw_fd < 0)
			return raw_fd;
		if (plain_fd >= 0)
			close(TAKE_FD(plain_fd)); /* its room is needed for the copy */
		fd = raw_fd;
	}
	return import_raw(fd, to_fd, name);
}
