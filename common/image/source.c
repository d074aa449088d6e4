/* SPDX-License-Identifier: MIT */
#include "image/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/copytree.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/log.h"
#include "base/redact.h"
#include "disk/foreign.h"
#include "disk/spool.h"
#include "http/url.h"
#include "image/feed.h"
#include "layer/archive.h"
#include "layer/untar.h"
#include "lazy/lazy.h"
#include "lazy/libcurl.h"
#include "oci/docker_archive.h"
#include "oci/layout.h"
#include "oci/local.h"

#define HASH_BLOCK (256 * 1024)

/* --- names -------------------------------------------------------------------------------- */

static bool drop_suffix(char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	if (n <= m || strcasecmp(name + n - m, suffix) != 0)
		return false;
	name[n - m] = '\0';
	return true;
}

/* Returns whether there was one. */
static bool drop_suffixes(char *name)
{
	static const char *const compressions[] = { ".gz",  ".bz2", ".xz",  ".zst",
						    ".lz4", ".lz",  ".lzma" };
	static const char *const archives[] = { ".tar",  ".tgz", ".tbz2", ".tbz",  ".txz",
						".tzst", ".raw", ".img",  ".qcow2" };
	size_t n = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(compressions) && !drop_suffix(name, compressions[i]); i++)
		;
	for (size_t i = 0; i < ARRAY_SIZE(archives) && !drop_suffix(name, archives[i]); i++)
		;
	(void)drop_suffix(name, ".oci");
	return strlen(name) < n;
}

/* --- what it is --------------------------------------------------------------------------- */

static int log_not_yet(const char *text, const char *what)
{
	return log_error_code(-ENOTSUP, "cannot import '%s': %s cannot be imported yet", text,
			      what);
}

/* Whether text, which is no path to anything, may be the name of an image. */
static bool is_reference(const char *text, const char *default_registry, struct reference *ret)
{
	cleanup_free char *stem = xstrdup(text);

	return *text != '.' && !drop_suffixes(stem) &&
	       reference_parse(text, default_registry, ret) >= 0;
}

static bool is_url(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

static int open_url(const char *text, struct source *s)
{
	cleanup_url struct url url = URL_INIT;
	int r = lazy_load(&lazy_libcurl);

	if (r < 0)
		return r;
	/* It may hold a password: a message does not repeat it. */
	if (url_parse(text, NULL, &url) < 0)
		return log_error_code(-EINVAL, "cannot import from this URL: it is not of the form "
					       "https://HOST/PATH");
	s->kind = SOURCE_STREAM;
	s->url = xstrdup(text);
	s->name = url_redacted(&url);
	return 0;
}

static bool names_registry(const char *text, const struct reference *ref)
{
	size_t n = strlen(ref->registry);

	return strncasecmp(text, ref->registry, n) == 0 && text[n] == '/';
}

/* What skopeo and podman write in front of an image is not needed here: the rest says where it is. NULL when
 * there is none, or it may be a part of the name. */
static const char *after_transport(const char *text)
{
	static const char *const of_paths[] = { "oci:", "oci-archive:", "docker-archive:", "dir:" };

	for (size_t i = 0; i < ARRAY_SIZE(of_paths); i++) {
		const char *rest = after_prefix(text, of_paths[i]);
		cleanup_free char *path = NULL, *image = NULL;

		if (rest && local_split(rest, &path, &image) >= 0)
			return rest;
	}
	return after_prefix(text, "docker://");
}

/* There is no such path: perhaps it was not meant as one. */
static int open_missing(const char *text, const char *default_registry, int r, struct source *s)
{
	cleanup_reference struct reference ref = REFERENCE_INIT;
	cleanup_free char *shown = redact(text);
	const char *rest = after_transport(text);

	if (rest && *rest) {
		cleanup_free char *advice = redact(rest);

		return log_error_code(-EINVAL, "cannot import '%s': nothing stands in front of the place here, write '%s'",
				      shown, advice);
	}
	if (strstr(text, "://"))
		return log_error_code(-EPROTONOSUPPORT,
				      "cannot import '%.*s://...': only URLs of http and https can be",
				      (int)strcspn(text, ":"), text);
	if (r == -ENOENT && is_reference(text, default_registry, &ref)) {
		s->kind = SOURCE_REGISTRY;
		s->name = reference_text(&ref);
		if (!names_registry(text, &ref))
			s->no_file = xstrdup(text);
		return 0;
	}
	if (r == -ENOENT)
		return log_error_code(r, "there is no file or directory '%s'", shown);
	return log_error_errno(r, "cannot open '%s'", shown);
}

/* A regular file is what its content says, standard input too when none of it has been read. */
static int find_kind_of_file(struct source *s)
{
	const char *what, *advice;
	int r = lseek(s->fd, 0, SEEK_CUR) == 0 ? disk_detect(s->fd, &s->disk) : 0;

	s->kind = s->disk.format == DISK_NONE ? SOURCE_TAR : SOURCE_DISK;
	if (r >= 0 && s->kind == SOURCE_TAR && foreign_detect(s->fd, &what, &advice))
		return log_error_code(-ENOTSUP, "cannot import '%s': it is %s, which is not read; %s", s->name,
				      what, advice);
	return r;
}

static int find_kind(struct source *s)
{
	const char *text = s->name;
	struct stat st;

	if (fstat(s->fd, &st) < 0)
		return log_error_errno(-errno, "cannot read '%s'", text);
	s->kind = SOURCE_TAR;
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		s->kind = layout_is_one(s->fd) ? SOURCE_LAYOUT : SOURCE_DIR;
		return 0;
	case S_IFBLK:
		return log_not_yet(text, "a disk");
	case S_IFREG:
		return find_kind_of_file(s);
	case S_IFCHR: /* some never end */
		return log_error_code(-EINVAL, "cannot import '%s': it is a device", text);
	default: /* a pipe */
		s->kind = SOURCE_STREAM;
		return 0;
	}
}

static int open_stdin(struct source *s)
{
	if (isatty(STDIN_FILENO))
		return log_error_code(-EINVAL, "standard input is a terminal, not a tarball");
	s->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (s->fd < 0)
		return log_error_errno(-errno, "cannot read standard input");
	s->name = xstrdup("standard input");
	return 0;
}

static int open_path(const char *text, const char *default_registry, struct source *s)
{
	cleanup_free char *path = NULL, *real = NULL;
	int r = local_split(text, &path, &s->image);

	if (r < 0)
		return open_missing(text, default_registry, r, s);
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0)
		return open_missing(text, default_registry, -errno, s);
	real = realpath(path, NULL);
	s->name = xasprintf("%s%s%s", real ? real : path, s->image ? ":" : "",
			    s->image ? s->image : "");
	return 0;
}

/* Only images have names. */
static int check_image(const struct source *s)
{
	if (!s->image || s->kind == SOURCE_LAYOUT || s->kind == SOURCE_TAR ||
	    s->kind == SOURCE_STREAM)
		return 0;
	return log_error_code(-EINVAL, "cannot import '%s': there are no images in it", s->name);
}

int source_open(const char *text, const char *default_registry, struct source *ret)
{
	cleanup_source struct source s = SOURCE_INIT;
	int r = streq(text, "-") ? open_stdin(&s)
		: is_url(text)	 ? open_url(text, &s)
				 : open_path(text, default_registry, &s);

	if (r >= 0 && s.fd >= 0)
		r = find_kind(&s);
	if (r >= 0)
		r = check_image(&s);
	if (r < 0)
		return r;
	*ret = s;
	s = (struct source)SOURCE_INIT;
	return 0;
}

void source_done(struct source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->name);
	free(s->image);
	free(s->no_file);
	if (s->url)
		explicit_bzero(s->url, strlen(s->url));
	free(s->url);
	*s = (struct source)SOURCE_INIT;
}

static int no_image(const struct source *s)
{
	return usage_error("'%s' is no image, and %s is for those", s->name, s->image_option);
}

int source_check_image(const struct source *s)
{
	return s->image_option && (s->kind == SOURCE_DIR || s->kind == SOURCE_DISK) ? no_image(s) : 0;
}

bool source_has_digest(const struct source *s)
{
	return s->kind == SOURCE_TAR || s->kind == SOURCE_DISK || s->kind == SOURCE_STREAM;
}

/* --- a name from it ----------------------------------------------------------------------- */

static char *suggest_of_path(const char *text)
{
	size_t n = strlen(text);
	const char *start;
	char *name;

	while (n > 0 && text[n - 1] == '/')
		n--;
	start = memrchr(text, '/', n);
	start = start ? start + 1 : text;
	name = xstrndup(start, (size_t)(text + n - start));
	(void)drop_suffixes(name);
	return name;
}

/* Of its path only: a host, a query or a fragment is no name. */
static char *suggest_of_url(const char *text)
{
	const char *host = strstr(text, "://") + 3, *path = host + strcspn(host, "/?#");
	cleanup_free char *copy = xstrndup(path, strcspn(path, "?#"));

	return suggest_of_path(copy);
}

char *source_suggest_name(const char *text)
{
	cleanup_reference struct reference ref = REFERENCE_INIT;
	cleanup_free char *path = NULL, *image = NULL;
	const char *slash;

	if (streq(text, "-"))
		return xstrdup("");
	if (is_url(text))
		return suggest_of_url(text);
	if (local_split(text, &path, &image) >= 0)
		return suggest_of_path(path);
	if (!is_reference(text, NULL, &ref))
		return suggest_of_path(text);
	slash = strrchr(ref.repository, '/');
	return xstrdup(slash ? slash + 1 : ref.repository);
}

/* ------------------------------------------------------------------------------------------ */

static int copy_dir(const struct source *s, int to_fd, int except_fd)
{
	const struct copytree copy = { .from_fd = s->fd, .to_fd = to_fd, .except_fd = except_fd };
	cleanup_free char *path = NULL;
	int r = copytree(&copy, &path);

	if (r < 0 && r != -EINTR)
		return log_error_code(r, "cannot copy '%s/%s': %s", streq(s->name, "/") ? "" : s->name,
				      path, store_write_error(r));
	return r;
}

/* What reads images needs these. */
static int load_libraries(void)
{
	int r = hasher_load();

	return r < 0 ? r : json_load();
}

/* Who asks for one of another platform gets it, and a word on what that means. */
static void check_platform(const struct source *s, const struct platform *image)
{
	cleanup_platform struct platform host = PLATFORM_INIT;
	cleanup_free char *text = platform_text(image);

	platform_set_host(&host);
	if (platform_fit(image, &host) == 0)
		log_warning("'%s' is for %s: without binfmt_misc and an emulator, nothing of it runs on this machine",
			    s->name, text);
}

static int find_place(const struct source *s, const struct image_config *config, struct stage *stage,
		      int *ret_fd)
{
	if (s->place)
		return s->place(config, stage, s->place_data, ret_fd);
	*ret_fd = fcntl(stage->fd, F_DUPFD_CLOEXEC, 3);
	return *ret_fd < 0 ? log_error_errno(-errno, "cannot unpack '%s'", s->name) : 0;
}

static int unpack_layout(const struct source *s, int layout_fd, struct stage *stage,
			 struct kvfile *meta)
{
	cleanup_image struct image image = IMAGE_INIT;
	cleanup_free char *message = NULL;
	cleanup_close int to_fd = -1;
	int r = load_libraries();

	if (r < 0)
		return r;
	r = layout_read_image(layout_fd, s->image, s->platform, &image, &message);
	if (r < 0)
		return log_error_code(r, "cannot import '%s': %s", s->name, message);
	check_platform(s, &image.config.platform);
	r = find_place(s, &image.config, stage, &to_fd);
	if (r != 0)
		return r;
	image_describe(&image, meta);
	return layout_unpack(layout_fd, &image, to_fd, s->name);
}

static int unpack_pulled(const struct source *s, struct stage *stage, struct kvfile *meta)
{
	cleanup_pull struct pull pull = PULL_INIT;
	cleanup_close int to_fd = -1;
	int r = pull_image(stage->store, s->name, s->pull, s->platform, &pull);

	if (r < 0 && s->no_file)
		return log_error_code(r, "there is no file or directory '%s' either", s->no_file);
	if (r < 0)
		return r;
	check_platform(s, &pull.image.config.platform);
	r = find_place(s, &pull.image.config, stage, &to_fd);
	if (r != 0)
		return r;
	image_describe(&pull.image, meta);
	return pull_unpack(&pull, to_fd);
}

static int unpack_docker_archive(const struct source *s, int dir_fd, struct stage *stage,
				 struct kvfile *meta)
{
	cleanup_docker_image struct docker_image image = DOCKER_IMAGE_INIT;
	cleanup_free char *message = NULL;
	cleanup_close int to_fd = -1;
	int r = load_libraries();

	if (r < 0)
		return r;
	r = docker_archive_read_image(dir_fd, s->image, s->platform, &image, &message);
	if (r < 0)
		return log_error_code(r, "cannot import '%s': %s", s->name, message);
	check_platform(s, &image.config.platform);
	r = find_place(s, &image.config, stage, &to_fd);
	if (r != 0)
		return r;
	docker_image_describe(&image, meta);
	return docker_archive_unpack(dir_fd, &image, to_fd, s->name);
}

/* What turned out to be no image: may it be none? */
static int check_tree(const struct source *s)
{
	if (s->image)
		return log_error_code(-EINVAL, "cannot import '%s': there are no images in it",
				      s->name);
	return s->image_option ? no_image(s) : 0;
}

/* A tarball is in the stage: it is the tree, or an image. */
static int take_unpacked(const struct source *s, struct stage *stage, struct kvfile *meta)
{
	cleanup_close int aside = -1;
	bool is_layout = layout_is_one(stage->fd);
	int r;

	/* New versions of docker write both forms at once. */
	if (!is_layout && (!docker_archive_is_one(stage->fd) || exists_at(stage->fd, "usr")))
		return check_tree(s);
	r = stage_set_aside(stage, &aside);
	if (r < 0)
		return r;
	return is_layout ? unpack_layout(s, aside, stage, meta)
			 : unpack_docker_archive(s, aside, stage, meta);
}

/* --- bytes -------------------------------------------------------------------------------- */

/* A file can be read twice. */
static int verify_file(const struct source *s)
{
	cleanup_hasher struct hasher *hasher = NULL;
	cleanup_free char *block = xmalloc(HASH_BLOCK);
	char is_text[DIGEST_TEXT_SIZE], wanted_text[DIGEST_TEXT_SIZE];
	struct digest is;
	off_t start = lseek(s->fd, 0, SEEK_CUR);
	ssize_t n;
	int r = hasher_load();

	if (r < 0)
		return r;
	hasher = hasher_new(s->digest->algorithm);
	while ((n = read(s->fd, block, HASH_BLOCK)) > 0 && !interrupted())
		hasher_update(hasher, block, (size_t)n);
	if (interrupted())
		return -EINTR;
	if (n < 0 || lseek(s->fd, start, SEEK_SET) < 0)
		return log_error_errno(-errno, "cannot read '%s'", s->name);
	hasher_finish(hasher, &is);
	if (digest_equal(&is, s->digest))
		return 0;
	digest_text(&is, is_text);
	digest_text(s->digest, wanted_text);
	return log_error_code(-EBADMSG, "cannot import '%s': its digest is %s, not %s", s->name, is_text,
			      wanted_text);
}

/* While it comes. What is wrong with it may be what is wrong with the feed, which is the reason then. */
static int unpack_fed_tar(const struct source *s, struct feed *feed, struct stage *stage)
{
	cleanup_archive_run struct archive_run run = ARCHIVE_RUN_INIT;
	cleanup_free char *message = NULL;
	struct decompress_spec spec = DECOMPRESS_SPEC_INIT;
	uint64_t max = stage->store->config.max_download_size;
	int r = decompress_load();

	if (s->url && max > 0)
		spec.max_content = max;
	if (r >= 0)
		r = archive_start(feed->fd, &spec, stage->fd, untar, &run);
	if (r < 0)
		return r;
	close(TAKE_FD(feed->fd)); /* else the feed would never learn that its reader has gone */
	r = feed_finish(feed);
	if (r >= 0)
		r = archive_finish(&run, s->name, &message);
	return message ? log_error_code(r, "cannot unpack '%s': %s", s->name, message) : r;
}

static int unpack_fed_disk(const struct source *s, const struct disk *disk, struct feed *feed,
			   struct stage *stage)
{
	cleanup_close int fd = spool_pipe(TAKE_FD(feed->fd), stage->fd, s->name);
	int r = fd < 0 ? fd : feed_finish(feed);

	return r < 0 ? r : disk_unpack(disk, fd, stage->fd, s->name);
}

static int unpack_stream(const struct source *s, struct stage *stage, struct kvfile *meta)
{
	const struct feed_spec spec = { .url = s->url,
					.from_fd = s->fd,
					.name = s->name,
					.digest = s->digest,
					.config = &stage->store->config };
	cleanup_feed struct feed feed = FEED_INIT;
	struct disk disk;
	int r = feed_start(&spec, &feed);

	if (r >= 0)
		r = feed_wait(&feed);
	if (r >= 0)
		r = disk_detect(feed.head_fd, &disk);
	if (r < 0)
		return r;
	if (disk.format != DISK_NONE)
		r = check_tree(s);
	if (r != 0)
		return r;
	if (disk.format != DISK_NONE)
		return unpack_fed_disk(s, &disk, &feed, stage);
	r = unpack_fed_tar(s, &feed, stage);
	return r < 0 ? r : take_unpacked(s, stage, meta);
}

static int unpack_file(const struct source *s, struct stage *stage, struct kvfile *meta)
{
	int r = s->digest ? verify_file(s) : 0;

	if (r < 0)
		return r;
	if (s->kind == SOURCE_DISK)
		return disk_unpack(&s->disk, s->fd, stage->fd, s->name);
	r = archive_unpack(s->fd, stage->fd, s->name);
	return r < 0 ? r : take_unpacked(s, stage, meta);
}

int source_unpack(const struct source *s, struct stage *stage, struct kvfile *meta)
{
	switch (s->kind) {
	case SOURCE_DIR:
		return copy_dir(s, stage->fd, stage->store->fd);
	case SOURCE_LAYOUT:
		return unpack_layout(s, s->fd, stage, meta);
	case SOURCE_REGISTRY:
		return unpack_pulled(s, stage, meta);
	case SOURCE_STREAM:
		return unpack_stream(s, stage, meta);
	case SOURCE_DISK:
	case SOURCE_TAR:
		break;
	}
	return unpack_file(s, stage, meta);
}
