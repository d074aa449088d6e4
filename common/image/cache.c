/* SPDX-License-Identifier: MIT */
#include "image/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/kvfile.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/parse.h"

static const char *const algorithms[] = { "sha256", "sha512" };

/* --- names -------------------------------------------------------------------------------- */

/* "ALGORITHM/HEX", as in blobs/. */
struct blob_path {
	char text[DIGEST_TEXT_SIZE];
};

static struct blob_path blob_path(const struct digest *d)
{
	struct blob_path p;

	digest_text(d, p.text);
	*strchr(p.text, ':') = '/';
	return p;
}

/* "ALGORITHM-HEX", as in partial/. */
static char *partial_name(const struct digest *d)
{
	char text[DIGEST_TEXT_SIZE];

	digest_text(d, text);
	*strchr(text, ':') = '-';
	return xstrdup(text);
}

/* --- open --------------------------------------------------------------------------------- */

static int open_dir(int dir_fd, const char *name, enum store_mode mode)
{
	int r = mode == STORE_WRITE ? ensure_dir_at(dir_fd, name, 0700) : 0;
	int fd;

	if (r < 0)
		return r;
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_parts(int fd, enum store_mode mode, struct cache *c)
{
	c->blobs_fd = open_dir(fd, "blobs", mode);
	c->partial_fd = open_dir(fd, "partial", mode);
	c->tags_fd = open_dir(fd, "tags", mode);
	if (c->blobs_fd < 0 || c->partial_fd < 0 || c->tags_fd < 0)
		return c->blobs_fd < 0     ? c->blobs_fd
		       : c->partial_fd < 0 ? c->partial_fd
					   : c->tags_fd;
	for (size_t i = 0; mode == STORE_WRITE && i < ARRAY_SIZE(algorithms); i++) {
		int r = ensure_dir_at(c->blobs_fd, algorithms[i], 0700);

		if (r < 0)
			return r;
	}
	return 0;
}

static int open_root(const struct store *s, enum store_mode mode, char **ret_path)
{
	const char *configured = s->config.oci_cache_dir,
		   *path = *configured ? configured : "cache/oci";
	cleanup_close int host_fd = -1;
	int fd = s->fd;

	*ret_path =
		*configured ? xstrdup(configured) : xasprintf("%s/cache/oci", s->config.datadir);
	if (*configured)
		fd = host_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return *configured ? -errno : -ENOENT;
	return mode == STORE_WRITE ? mkdir_in_root(fd, path, 0700)
				   : open_in_root(fd, path, O_PATH | O_DIRECTORY, 0);
}

int cache_open(const struct store *s, enum store_mode mode, struct cache *ret)
{
	cleanup_cache struct cache c = CACHE_INIT;
	cleanup_close int fd = -1;
	int r = hasher_load();

	if (r < 0)
		return r;
	fd = open_root(s, mode, &c.path);
	r = fd < 0 ? fd : open_parts(fd, mode, &c);
	if (r < 0 && (r != -ENOENT || mode == STORE_WRITE))
		return log_error_errno(r, "cannot open the image cache '%s'", c.path);
	c.max = s->config.oci_cache_max_size;
	if (mode == STORE_WRITE)
		remove_stale_temps(c.tags_fd, "");
	*ret = c;
	c = (struct cache)CACHE_INIT;
	return 0;
}

void cache_close(struct cache *c)
{
	cleanup_free_p(&c->path);
	cleanup_close_p(&c->blobs_fd);
	cleanup_close_p(&c->partial_fd);
	cleanup_close_p(&c->tags_fd);
	*c = (struct cache)CACHE_INIT;
}

/* --- blobs -------------------------------------------------------------------------------- */

int cache_read(const struct cache *c, const struct digest *d, uint64_t size)
{
	cleanup_close int fd =
		openat(c->blobs_fd, blob_path(d).text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ELOOP || errno == ENXIO ? -ENOENT : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (size != UINT64_MAX && (uint64_t)st.st_size != size))
		return -ENOENT;
	(void)futimens(fd, NULL);
	return TAKE_FD(fd);
}

void cache_drop(const struct cache *c, const struct digest *d)
{
	(void)rmtree_at(c->blobs_fd, blob_path(d).text);
}

/* The locked file, or -EBUSY. */
static int lock_partial(const struct cache *c, const char *name)
{
	cleanup_close int fd =
		openat(c->partial_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	r = lock_still_named(c->partial_fd, name, fd);
	if (r < 0)
		return r;
	return r == 0 ? -EBUSY : TAKE_FD(fd);
}

int cache_fetch_begin(const struct cache *c, const struct digest *d, struct cache_fetch *ret)
{
	cleanup_free char *name = partial_name(d);
	cleanup_close int fd = lock_partial(c, name);
	struct stat st;

	if (fd < 0)
		return fd;
	/* The one who had the lock before us may have finished it. */
	if (faccessat(c->blobs_fd, blob_path(d).text, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		(void)unlinkat(c->partial_fd, name, 0);
		return -EEXIST;
	}
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (struct cache_fetch){ .cache = c, .digest = *d, .offset = (uint64_t)st.st_size };
	ret->name = TAKE_PTR(name);
	ret->fd = TAKE_FD(fd);
	return 0;
}

int cache_fetch_commit(struct cache_fetch *f)
{
	cleanup_free char *name = TAKE_PTR(f->name);
	const struct cache *c = f->cache;

	if (c->max == 0)
		return unlinkat(c->partial_fd, name, 0) < 0 ? -errno : 0;
	(void)futimens(f->fd, NULL);
	if (renameat(c->partial_fd, name, c->blobs_fd, blob_path(&f->digest).text) < 0)
		return -errno;
	return 0;
}

int cache_fetch_restart(struct cache_fetch *f)
{
	f->offset = 0;
	return ftruncate(f->fd, 0) < 0 ? -errno : 0;
}

void cache_fetch_done(struct cache_fetch *f)
{
	struct stat st;

	/* One that never got a byte, or that nobody shall go on with. */
	if (f->name && (f->cache->max == 0 || (fstat(f->fd, &st) == 0 && st.st_size == 0)))
		(void)unlinkat(f->cache->partial_fd, f->name, 0);
	cleanup_free_p(&f->name);
	cleanup_close_p(&f->fd);
	*f = (struct cache_fetch)CACHE_FETCH_INIT;
}

/* --- tags --------------------------------------------------------------------------------- */

static void tag_name(const char *reference, char out[DIGEST_TEXT_SIZE])
{
	cleanup_hasher struct hasher *h = hasher_new(DIGEST_SHA256);
	struct digest d;

	hasher_update(h, reference, strlen(reference));
	hasher_finish(h, &d);
	digest_text(&d, out);
	memmove(out, strchr(out, ':') + 1, strlen(strchr(out, ':')));
}

void cache_tag_done(struct cache_tag *t)
{
	cleanup_free_p(&t->media_type);
	*t = (struct cache_tag){ 0 };
}

int cache_tag_read(const struct cache *c, const char *reference, struct cache_tag *ret)
{
	cleanup_kvfile struct kvfile kv = KVFILE_INIT;
	cleanup_free char *text = NULL;
	char name[DIGEST_TEXT_SIZE];
	const char *of, *digest, *media_type, *fetched;
	struct cache_tag t = { 0 };
	unsigned line;
	int r;

	tag_name(reference, name);
	r = read_file_at(c->tags_fd, name, KVFILE_MAX, &text);
	if (r < 0)
		return r;
	if (kvfile_parse(&kv, text, &line) < 0)
		return -ENOENT; /* damaged: as good as not there */
	of = kvfile_get(&kv, "REFERENCE");
	digest = kvfile_get(&kv, "DIGEST");
	media_type = kvfile_get(&kv, "MEDIA_TYPE");
	fetched = kvfile_get(&kv, "FETCHED");
	if (!of || !digest || !media_type || !fetched || !streq(of, reference) ||
	    digest_parse(digest, &t.digest) < 0 || parse_u64(fetched, 0, INT64_MAX, &t.fetched) < 0)
		return -ENOENT;
	t.media_type = xstrdup(media_type);
	*ret = t;
	return 0;
}

int cache_tag_write(const struct cache *c, const char *reference, const struct cache_tag *t)
{
	cleanup_kvfile struct kvfile kv = KVFILE_INIT;
	cleanup_free char *text = NULL;
	char name[DIGEST_TEXT_SIZE], digest[DIGEST_TEXT_SIZE], fetched[DECIMAL_MAX(uint64_t)];

	if (c->max == 0)
		return 0;
	digest_text(&t->digest, digest);
	snprintf(fetched, sizeof(fetched), "%" PRIu64, t->fetched);
	kvfile_set(&kv, "REFERENCE", reference);
	kvfile_set(&kv, "DIGEST", digest);
	kvfile_set(&kv, "MEDIA_TYPE", t->media_type);
	kvfile_set(&kv, "FETCHED", fetched);
	text = kvfile_format(&kv);
	tag_name(reference, name);
	return write_file_atomic_at(c->tags_fd, name, text, 0600, WRITE_NO_SYNC);
}

/* --- all of it ---------------------------------------------------------------------------- */

void cache_list_done(struct cache_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->entries[i].name);
	free(l->entries);
	*l = (struct cache_list){ 0 };
}

/* What a name of the kind "HEX" or "sha256-HEX" stands for, as "sha256:HEX"; NULL for what is not ours. */
static char *entry_name(const char *algorithm, const char *name)
{
	cleanup_free char *text = algorithm ? xasprintf("%s:%s", algorithm, name) : xstrdup(name);
	struct digest d;

	if (!algorithm && strchr(text, '-'))
		*strchr(text, '-') = ':';
	return digest_parse(text, &d) < 0 ? NULL : TAKE_PTR(text);
}

/* algorithm: NULL for partial/. */
static int list_dir(int dir_fd, const char *path, const char *algorithm, struct cache_list *l)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir)
		return dir_fd < 0 || errno == ENOENT ? 0 : -errno;
	while ((e = readdir(dir))) {
		char *name = entry_name(algorithm, e->d_name);
		struct stat st;

		if (!name || fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			free(name);
			continue;
		}
		l->entries = xreallocarray(l->entries, l->n + 1, sizeof(*l->entries));
		l->entries[l->n++] = (struct cache_entry){
			.name = name,
			.size = (uint64_t)st.st_size,
			.used = (uint64_t)st.st_mtim.tv_sec,
			.partial = !algorithm,
		};
		l->size += (uint64_t)st.st_size;
	}
	return 0;
}

static int by_use(const void *a, const void *b)
{
	const struct cache_entry *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? -1 : 1;
	return strcmp(x->name, y->name);
}

int cache_list(const struct cache *c, struct cache_list *ret)
{
	cleanup_cache_list struct cache_list l = { 0 };
	int r = list_dir(c->partial_fd, ".", NULL, &l);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(algorithms); i++)
		r = list_dir(c->blobs_fd, algorithms[i], algorithms[i], &l);
	if (r < 0)
		return r;
	if (l.n > 0)
		qsort(l.entries, l.n, sizeof(*l.entries), by_use);
	*ret = l;
	l = (struct cache_list){ 0 };
	return 0;
}

/* 1 when it is gone, 0 when it is being fetched. */
static int remove_entry(const struct cache *c, const struct cache_entry *e)
{
	cleanup_close int lock = -1;
	struct digest d;
	cleanup_free char *name = NULL;

	if (digest_parse(e->name, &d) < 0)
		return 0;
	if (!e->partial)
		return unlinkat(c->blobs_fd, blob_path(&d).text, 0) < 0 && errno != ENOENT ? -errno
											   : 1;
	name = partial_name(&d);
	lock = lock_partial(c, name);
	if (lock < 0)
		return lock == -EBUSY ? 0 : lock;
	return unlinkat(c->partial_fd, name, 0) < 0 ? -errno : 1;
}

static int remove_tags(const struct cache *c)
{
	cleanup_closedir DIR *dir = NULL;
	const struct dirent *e;
	int fd = openat(c->tags_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		if (!streq(e->d_name, ".") && !streq(e->d_name, "..") &&
		    unlinkat(fd, e->d_name, 0) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}

int cache_trim(const struct cache *c, uint64_t max, uint64_t *ret_freed)
{
	cleanup_cache_list struct cache_list l = { 0 };
	int r = cache_list(c, &l);

	*ret_freed = 0;
	for (size_t i = 0; r >= 0 && i < l.n && l.size - *ret_freed > max; i++) {
		r = remove_entry(c, &l.entries[i]);
		if (r > 0)
			*ret_freed += l.entries[i].size;
	}
	if (r >= 0 && max == 0)
		r = remove_tags(c);
	return r < 0 ? r : 0;
}
