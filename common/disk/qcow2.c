/* SPDX-License-Identifier: MIT */
#include "disk/qcow2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/fs.h"
#include "base/macro.h"
#include "lazy/libz.h"
#include "lazy/libzstd.h"

#define HEADER_V2 72
#define HEADER_V3 104 /* without compression_type, which follows */
#define CLUSTER_BITS_MAX 21 /* of QCOW2_CLUSTER_MAX */
#define L1_BYTES_MAX (32 * 1024 * 1024)
#define HOST_CLUSTERS_MAX (1ULL << 28)
#define L2_CACHED 4
#define SECTOR 512
/* What QEMU compresses with: deflate without a header, a window of 4 KiB. */
#define ZLIB_WINDOW_BITS (-12)
#define ZSTD_WINDOW_LOG 23

/* Bits of incompatible_features. */
#define FEATURE_DIRTY (1ULL << 0)
#define FEATURE_CORRUPT (1ULL << 1)
#define FEATURE_DATA_FILE (1ULL << 2)
#define FEATURE_COMPRESSION (1ULL << 3)
#define FEATURE_EXTENDED_L2 (1ULL << 4)
#define FEATURES_KNOWN (FEATURE_DIRTY | FEATURE_COMPRESSION)

#define ENTRY_COPIED (1ULL << 63)
#define ENTRY_COMPRESSED (1ULL << 62)
#define ENTRY_OFFSET 0x00fffffffffffe00ULL
#define ENTRY_ZERO 1ULL

struct l2_table {
	uint64_t offset; /* in the file; 0: none */
	unsigned char *entries;
};

struct qcow2 {
	int fd;
	uint64_t file_size, size;
	unsigned cluster_bits, version;
	bool dirty, zstd;
	uint64_t l1_offset, refcounts_offset, n_refcounts; /* the latter in clusters */
	uint64_t n_l1;
	unsigned char *l1;
	struct l2_table l2[L2_CACHED];
	/* The compressed cluster that was read last: reads come in pieces. */
	uint64_t unpacked_entry; /* 0: none */
	unsigned char *packed, *unpacked;
	const char *wrong;
};

enum cluster_kind {
	CLUSTER_HOLE, /* reads as zeros */
	CLUSTER_PLAIN,
	CLUSTER_PACKED,
};

struct cluster {
	enum cluster_kind kind;
	uint64_t offset, size; /* in the file; offset 0 of a hole: it has no place */
};

int qcow2_load(void)
{
	int r = lazy_load(&lazy_libz);

	return r < 0 ? r : lazy_load(&lazy_libzstd);
}

const char *qcow2_wrong(const struct qcow2 *q)
{
	return q->wrong;
}

uint64_t qcow2_size(const struct qcow2 *q)
{
	return q->size;
}

bool qcow2_is_dirty(const struct qcow2 *q)
{
	return q->dirty;
}

/* The first reason counts. */
static int fail(struct qcow2 *q, const char *wrong)
{
	if (!q->wrong)
		q->wrong = wrong;
	return -1;
}

static uint64_t cluster_size(const struct qcow2 *q)
{
	return 1ULL << q->cluster_bits;
}

/* In one L2 table, which is a cluster of entries of eight bytes. */
static uint64_t n_l2(const struct qcow2 *q)
{
	return cluster_size(q) / 8;
}

static int read_at(struct qcow2 *q, uint64_t offset, void *buffer, size_t n)
{
	ssize_t got = pread_all(q->fd, buffer, n, offset);

	if (got < 0)
		return fail(q, strerror((int)-got));
	return (size_t)got < n ? fail(q, "it has become shorter while it was read") : 0;
}

static bool is_in_file(const struct qcow2 *q, uint64_t offset, uint64_t size)
{
	return offset <= q->file_size && size <= q->file_size - offset;
}

/* --- the header --------------------------------------------------------------------------- */

static int read_features(struct qcow2 *q, const unsigned char *header, size_t n)
{
	uint64_t features = get_be64(header + 72);
	uint32_t length = get_be32(header + 100);
	unsigned char compression = length > HEADER_V3 && n > HEADER_V3 ? header[HEADER_V3] : 0;

	if (features & FEATURE_DATA_FILE)
		return fail(q, "its data are in another file");
	if (features & FEATURE_CORRUPT)
		return fail(q, "it is marked as corrupt; 'qemu-img check -r all' may repair it");
	if (features & FEATURE_EXTENDED_L2)
		return fail(
			q, "it has extended L2 entries; 'qemu-img convert' makes an image without");
	if (features & ~FEATURES_KNOWN)
		return fail(
			q,
			"it has features that are not known; 'qemu-img convert' makes an image without");
	if (length < HEADER_V3 || length % 8 != 0 || length > cluster_size(q))
		return fail(q, "its header is damaged: a wrong length");
	if (get_be32(header + 96) > 6)
		return fail(q, "its header is damaged: a wrong width of reference counts");
	if (compression > 1 || !(features & FEATURE_COMPRESSION) != !compression)
		return fail(q, "it is compressed in a way that is not known");
	q->dirty = features & FEATURE_DIRTY;
	q->zstd = compression == 1;
	return 0;
}

static int check_header(struct qcow2 *q)
{
	uint64_t per_l1 = cluster_size(q) * n_l2(q);

	if (q->size > QCOW2_SIZE_MAX)
		return fail(q, "the disk in it is larger than 16 TiB");
	if (q->n_l1 < (q->size + per_l1 - 1) / per_l1)
		return fail(q, "its L1 table is too short for the size of the disk");
	if (q->n_l1 * 8 > L1_BYTES_MAX)
		return fail(q, "its L1 table is too large");
	if (q->l1_offset % cluster_size(q) || q->refcounts_offset % cluster_size(q))
		return fail(q, "its header is damaged: a table that is not aligned");
	if (!is_in_file(q, q->l1_offset, q->n_l1 * 8))
		return fail(q, "its L1 table is not inside of the file");
	if (q->file_size >> q->cluster_bits >= HOST_CLUSTERS_MAX)
		return fail(q, "the file is too large for clusters that small");
	return 0;
}

static int read_header(struct qcow2 *q)
{
	unsigned char header[HEADER_V3 + 8] = { 0 };
	size_t n = q->file_size < sizeof(header) ? (size_t)q->file_size : sizeof(header);
	uint32_t cluster_bits;

	if (read_at(q, 0, header, n) < 0)
		return -1;
	if (n < HEADER_V2 || memcmp(header, QCOW2_MAGIC, 4) != 0)
		return fail(q, "it is no QCOW2 image");
	q->version = get_be32(header + 4);
	if (q->version != 2 && q->version != 3)
		return fail(
			q,
			"it is of another version than 2 or 3; 'qemu-img convert' makes one of it");
	if (get_be64(header + 8) != 0)
		return fail(q,
			    "it needs a backing file; 'qemu-img convert' makes an image without");
	cluster_bits = get_be32(header + 20);
	if (cluster_bits < 9 || 1ULL << (cluster_bits & 63) > QCOW2_CLUSTER_MAX ||
	    cluster_bits > 63)
		return fail(q, "its header is damaged: a wrong size of clusters");
	q->cluster_bits = cluster_bits;
	q->size = get_be64(header + 24);
	if (get_be32(header + 32) != 0)
		return fail(q, "it is encrypted");
	q->n_l1 = get_be32(header + 36);
	q->l1_offset = get_be64(header + 40);
	q->refcounts_offset = get_be64(header + 48);
	q->n_refcounts = get_be32(header + 56);
	if (q->version == 3 &&
	    (n < HEADER_V3 ? fail(q, "it is cut short") : read_features(q, header, n)) < 0)
		return -1;
	return check_header(q);
}

/* --- tables ------------------------------------------------------------------------------- */

/* The file offset of the L2 table of an L1 entry, 0 when there is none. */
static int read_l1_entry(struct qcow2 *q, uint64_t index, uint64_t *ret_offset)
{
	uint64_t entry = get_be64(q->l1 + index * 8), offset = entry & ENTRY_OFFSET;

	if (entry & ~(ENTRY_OFFSET | ENTRY_COPIED))
		return fail(q, "its L1 table is damaged");
	if (offset % cluster_size(q))
		return fail(q, "its L1 table is damaged: an L2 table that is not aligned");
	if (offset && !is_in_file(q, offset, cluster_size(q)))
		return fail(q,
			    "its L1 table is damaged: an L2 table that is not inside of the file");
	*ret_offset = offset;
	return 0;
}

/* NULL after a failure. */
static const unsigned char *read_l2(struct qcow2 *q, uint64_t offset)
{
	struct l2_table *t = &q->l2[(offset >> q->cluster_bits) % L2_CACHED];

	if (t->offset == offset)
		return t->entries;
	if (!t->entries)
		t->entries = xmalloc(cluster_size(q));
	t->offset = 0;
	if (read_at(q, offset, t->entries, cluster_size(q)) < 0)
		return NULL;
	t->offset = offset;
	return t->entries;
}

static int parse_packed(struct qcow2 *q, uint64_t entry, struct cluster *ret)
{
	unsigned bits = 62 - (q->cluster_bits - 8);
	uint64_t field = entry & (ENTRY_COMPRESSED - 1);

	ret->kind = CLUSTER_PACKED;
	ret->offset = field & ((1ULL << bits) - 1);
	ret->size = ((field >> bits) + 1) * SECTOR - ret->offset % SECTOR;
	if (entry & ENTRY_COPIED || ret->offset < cluster_size(q) || ret->offset >= q->file_size)
		return fail(
			q,
			"its L2 table is damaged: a compressed cluster that is not inside of the file");
	/* The last sector need not be there as a whole. */
	if (ret->size > q->file_size - ret->offset)
		ret->size = q->file_size - ret->offset;
	return 0;
}

static int parse_entry(struct qcow2 *q, uint64_t entry, struct cluster *ret)
{
	bool zero = entry & ENTRY_ZERO;

	if (entry & ENTRY_COMPRESSED)
		return parse_packed(q, entry, ret);
	ret->offset = entry & ENTRY_OFFSET;
	ret->size = cluster_size(q);
	ret->kind = zero || !ret->offset ? CLUSTER_HOLE : CLUSTER_PLAIN;
	if (entry & ~(ENTRY_OFFSET | ENTRY_COPIED | ENTRY_ZERO) || (zero && q->version < 3))
		return fail(q, "its L2 table is damaged");
	if (ret->offset % cluster_size(q))
		return fail(q, "its L2 table is damaged: a cluster that is not aligned");
	/* An image that was not closed properly may end in the middle of its last cluster. */
	if (ret->offset >= q->file_size && ret->offset)
		return fail(q, "its L2 table is damaged: a cluster that is not inside of the file");
	if (ret->offset && ret->size > q->file_size - ret->offset)
		ret->size = q->file_size - ret->offset;
	return 0;
}

/* The cluster that the byte at offset is in; *ret_end is where the range of the disk that it stands
 * for ends: a hole may be as long as an L2 table reaches. */
static int find_cluster(struct qcow2 *q, uint64_t offset, struct cluster *ret, uint64_t *ret_end)
{
	uint64_t guest = offset >> q->cluster_bits, l2_offset;
	const unsigned char *entries;

	*ret = (struct cluster){ .kind = CLUSTER_HOLE };
	if (read_l1_entry(q, guest / n_l2(q), &l2_offset) < 0)
		return -1;
	*ret_end = (l2_offset ? guest + 1 : (guest / n_l2(q) + 1) * n_l2(q)) << q->cluster_bits;
	if (*ret_end > q->size)
		*ret_end = q->size;
	if (!l2_offset)
		return 0;
	entries = read_l2(q, l2_offset);
	return entries ? parse_entry(q, get_be64(entries + guest % n_l2(q) * 8), ret) : -1;
}

/* --- the check ---------------------------------------------------------------------------- */

/* Which clusters of the file are in use, a bit each. Compressed clusters share theirs with one
 * another. */
struct usage {
	unsigned char *whole, *packed;
	uint64_t n;
};

static bool test_bit(const unsigned char *map, uint64_t i)
{
	return map[i / 8] >> (i % 8) & 1;
}

static void set_bit(unsigned char *map, uint64_t i)
{
	map[i / 8] |= (unsigned char)(1 << (i % 8));
}

static int use(struct qcow2 *q, struct usage *u, uint64_t offset, uint64_t size, bool packed)
{
	uint64_t first = offset >> q->cluster_bits;
	uint64_t end = (offset + size + cluster_size(q) - 1) >> q->cluster_bits;

	for (uint64_t i = first; i < end && i < u->n; i++) {
		if (test_bit(u->whole, i) || (!packed && test_bit(u->packed, i)))
			return fail(
				q, "it is damaged: two of its tables or clusters are in one place");
		set_bit(packed ? u->packed : u->whole, i);
	}
	return 0;
}

static int check_l2(struct qcow2 *q, struct usage *u, uint64_t l2_offset)
{
	const unsigned char *entries = read_l2(q, l2_offset);

	for (uint64_t i = 0; entries && i < n_l2(q); i++) {
		uint64_t entry = get_be64(entries + i * 8);
		struct cluster c;

		if (!entry)
			continue;
		if (parse_entry(q, entry, &c) < 0)
			return -1;
		if (c.offset && use(q, u, c.offset, c.size, c.kind == CLUSTER_PACKED) < 0)
			return -1;
	}
	return entries ? 0 : -1;
}

static int check_tables(struct qcow2 *q, struct usage *u)
{
	if (!is_in_file(q, q->refcounts_offset, q->n_refcounts << q->cluster_bits))
		return fail(q, "its table of reference counts is not inside of the file");
	if (use(q, u, 0, 1, false) < 0 || use(q, u, q->l1_offset, q->n_l1 * 8, false) < 0 ||
	    use(q, u, q->refcounts_offset, q->n_refcounts << q->cluster_bits, false) < 0)
		return -1;
	for (uint64_t i = 0; i < q->n_l1; i++) {
		uint64_t offset;

		if (read_l1_entry(q, i, &offset) < 0)
			return -1;
		if (offset &&
		    (use(q, u, offset, cluster_size(q), false) < 0 || check_l2(q, u, offset) < 0))
			return -1;
	}
	return 0;
}

static int check_use(struct qcow2 *q)
{
	uint64_t n = (q->file_size >> q->cluster_bits) + 1;
	struct usage u = { .n = n };
	int r;

	u.whole = xcalloc(1, n / 8 + 1);
	u.packed = xcalloc(1, n / 8 + 1);
	r = check_tables(q, &u);
	free(u.whole);
	free(u.packed);
	return r;
}

struct qcow2 *qcow2_new(int fd)
{
	struct qcow2 *q = xcalloc(1, sizeof(*q));
	struct stat st;

	q->fd = fd;
	if (fstat(fd, &st) < 0)
		fail(q, strerror(errno));
	q->file_size = q->wrong ? 0 : (uint64_t)st.st_size;
	if (q->wrong || read_header(q) < 0)
		return q;
	q->l1 = xmalloc(q->n_l1 * 8 + 1);
	if (read_at(q, q->l1_offset, q->l1, q->n_l1 * 8) < 0)
		return q;
	(void)check_use(q);
	return q;
}

void qcow2_free(struct qcow2 *q)
{
	for (size_t i = 0; i < L2_CACHED; i++)
		free(q->l2[i].entries);
	free(q->l1);
	free(q->packed);
	free(q->unpacked);
	free(q);
}

/* --- compressed clusters ------------------------------------------------------------------ */

static int unpack_zlib(const unsigned char *packed, size_t size, unsigned char *to, size_t n)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)packed,
		       .avail_in = (unsigned)size,
		       .next_out = to,
		       .avail_out = (unsigned)n };

	if (inflateInit2(&z, ZLIB_WINDOW_BITS) != Z_OK)
		return -1;
	(void)inflate(&z, Z_FINISH); /* what counts is whether the cluster is full */
	inflateEnd(&z);
	return z.avail_out == 0 ? 0 : -1;
}

static int unpack_zstd(const unsigned char *packed, size_t size, unsigned char *to, size_t n)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	ZSTD_inBuffer in = { packed, size, 0 };
	ZSTD_outBuffer out = { to, n, 0 };

	if (!context)
		return -1;
	/* A larger window than QEMU makes would only cost memory. */
	(void)ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	while (out.pos < n) {
		size_t before = in.pos + out.pos;
		size_t r = ZSTD_decompressStream(context, &out, &in);

		if (ZSTD_isError(r) || in.pos + out.pos == before)
			break;
	}
	ZSTD_freeDCtx(context);
	return out.pos == n ? 0 : -1;
}

static int unpack(struct qcow2 *q, const struct cluster *c)
{
	size_t n = cluster_size(q);
	int r;

	if (q->unpacked_entry == c->offset)
		return 0;
	q->unpacked_entry = 0;
	if (!q->packed) {
		/* The length is a field of cluster_bits - 8 bits that counts sectors: up to two clusters. */
		q->packed = xmalloc(2 * n + SECTOR);
		q->unpacked = xmalloc(n);
	}
	if (read_at(q, c->offset, q->packed, c->size) < 0)
		return -1;
	r = q->zstd ? unpack_zstd(q->packed, c->size, q->unpacked, n)
		    : unpack_zlib(q->packed, c->size, q->unpacked, n);
	if (r < 0)
		return fail(q, "it is damaged: a cluster that cannot be decompressed");
	q->unpacked_entry = c->offset;
	return 0;
}

/* --- reading ------------------------------------------------------------------------------ */

int qcow2_next_data(struct qcow2 *q, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end)
{
	uint64_t end;

	if (q->wrong)
		return -1;
	for (; offset < q->size; offset = end) {
		struct cluster c;

		if (find_cluster(q, offset, &c, &end) < 0)
			return -1;
		if (c.kind == CLUSTER_HOLE)
			continue;
		*ret_start = offset;
		*ret_end = end;
		return 1;
	}
	return 0;
}

/* n bytes at skip within one cluster. */
static int read_cluster(struct qcow2 *q, const struct cluster *c, size_t skip, void *buffer,
			size_t n)
{
	size_t have = skip >= c->size ? 0 : n < c->size - skip ? n : (size_t)(c->size - skip);

	switch (c->kind) {
	case CLUSTER_PACKED:
		if (unpack(q, c) < 0)
			return -1;
		memcpy(buffer, q->unpacked + skip, n);
		return 0;
	case CLUSTER_PLAIN:
		memset((char *)buffer + have, 0, n - have);
		return read_at(q, c->offset + skip, buffer, have);
	case CLUSTER_HOLE:
		break;
	}
	memset(buffer, 0, n);
	return 0;
}

int qcow2_read(struct qcow2 *q, uint64_t offset, void *buffer, size_t n)
{
	if (q->wrong)
		return -1;
	if (offset > q->size || n > q->size - offset)
		return fail(q, "a read beyond the end of the disk");
	while (n > 0) {
		size_t skip = offset & (cluster_size(q) - 1), here = cluster_size(q) - skip;
		struct cluster c;
		uint64_t end;

		if (here > n)
			here = n;
		if (find_cluster(q, offset, &c, &end) < 0 ||
		    read_cluster(q, &c, skip, buffer, here) < 0)
			return -1;
		buffer = (char *)buffer + here;
		offset += here;
		n -= here;
	}
	return 0;
}
