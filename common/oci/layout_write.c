/* SPDX-License-Identifier: MIT */
#include "oci/layout_write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/copydata.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "layer/verify.h"
#include "oci/reference.h"

/* --- the directory ------------------------------------------------------------------------ */

/* Without the files that the caller has removed already, were they stale. */
static bool is_empty(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			return false;
	}
	return dir;
}

static int begin_layout(int dir_fd, const char *path)
{
	int r;

	if (!is_empty(dir_fd))
		return log_error_code(
			-ENOTEMPTY, "'%s' is no OCI layout, and no empty directory to make one of",
			path);
	r = write_file_atomic_at(dir_fd, "oci-layout", LAYOUT_FILE, 0644, 0);
	return r < 0 ? log_error_errno(r, "cannot write '%s/oci-layout'", path) : 0;
}

int layout_make(const char *path)
{
	cleanup_free char *message = NULL;
	cleanup_close int fd = -1;
	int r;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return log_error_errno(-errno, "cannot make the directory '%s'", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return log_error_errno(-errno, "cannot open the directory '%s'", path);
	remove_stale_temps(fd, "");
	r = layout_is_one(fd) ? layout_check_version(fd, &message) : begin_layout(fd, path);
	if (message)
		return log_error_code(r, "cannot add to '%s': %s", path, message);
	return r < 0 ? r : TAKE_FD(fd);
}

/* --- blobs -------------------------------------------------------------------------------- */

bool layout_has(int dir_fd, const struct descriptor *d)
{
	cleanup_free char *message = NULL;
	cleanup_close int fd = layout_open_blob(dir_fd, d, &message);

	return fd >= 0 && verify_file(fd, &d->digest) == 0;
}

/* Its directory. *ret_hex points into text. */
static int open_blobs(int dir_fd, const struct digest *digest, char text[DIGEST_TEXT_SIZE],
		      const char **ret_hex)
{
	cleanup_close int blobs_fd = -1;
	char *colon;
	int r = ensure_dir_at(dir_fd, "blobs", 0755), fd;

	digest_text(digest, text);
	colon = strchr(text, ':');
	*colon = '\0';
	*ret_hex = colon + 1;
	if (r < 0)
		return r;
	blobs_fd = openat(dir_fd, "blobs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (blobs_fd < 0)
		return -errno;
	r = ensure_dir_at(blobs_fd, text, 0755);
	if (r < 0)
		return r;
	fd = openat(blobs_fd, text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* From a file, or if that is -1, a text: to a file of the layout that remove_stale_temps() knows. */
static int write_temp(int dir_fd, const char *temp, int from_fd, const struct strbuf *text)
{
	cleanup_close int fd = -1;
	struct stat st;

	(void)unlinkat(dir_fd, temp, 0);
	fd = openat(dir_fd, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (from_fd < 0)
		return write_all(fd, strbuf_str(text), text->len);
	return fstat(from_fd, &st) < 0 ? -errno : copy_data(from_fd, fd, (uint64_t)st.st_size);
}

static int put(int dir_fd, const struct digest *digest, int from_fd, const struct strbuf *text)
{
	char name[DIGEST_TEXT_SIZE];
	const char *hex;
	cleanup_close int blobs_fd = open_blobs(dir_fd, digest, name, &hex);
	cleanup_free char *temp = NULL;
	int r;

	if (blobs_fd < 0)
		return blobs_fd;
	temp = xasprintf(".%s.tmp-%d", hex, (int)getpid());
	r = write_temp(dir_fd, temp, from_fd, text);
	if (r >= 0 && renameat(dir_fd, temp, blobs_fd, hex) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir_fd, temp, 0);
	return r;
}

int layout_put_file(int dir_fd, const struct descriptor *d, int from_fd)
{
	return put(dir_fd, &d->digest, from_fd, NULL);
}

int layout_put_text(int dir_fd, const struct digest *digest, const struct strbuf *text)
{
	return put(dir_fd, digest, -1, text);
}

/* --- index.json --------------------------------------------------------------------------- */

#define REF_NAME "org.opencontainers.image.ref.name"
#define IMAGE_NAME "io.containerd.image.name"

static const char *annotation(const json_t *entry, const char *name)
{
	return json_string_value(json_object_get(json_object_get(entry, "annotations"), name));
}

static bool is_same_repository(const char *a, const char *b)
{
	cleanup_reference struct reference x = REFERENCE_INIT, y = REFERENCE_INIT;

	return reference_parse(a, NULL, &x) >= 0 && reference_parse(b, NULL, &y) >= 0 &&
	       streq(x.registry, y.registry) && streq(x.repository, y.repository);
}

/* An entry whose place the new one takes. */
static bool is_replaced(const json_t *entry, const struct layout_entry *by)
{
	const char *tag = annotation(entry, REF_NAME), *digest;
	char wanted[DIGEST_TEXT_SIZE];

	if (by->tag)
		return tag && streq(tag, by->tag);
	digest_text(by->digest, wanted);
	digest = json_string_value(json_object_get(entry, "digest"));
	return !tag && digest && streq(digest, wanted);
}

static int remove_replaced(json_t *manifests, const struct layout_entry *by, char **ret_message)
{
	for (size_t i = json_array_size(manifests); i-- > 0;) {
		const json_t *entry = json_array_get(manifests, i);
		const char *is = annotation(entry, IMAGE_NAME);

		if (!is_replaced(entry, by))
			continue;
		if (!by->replaces && is && by->reference && !is_same_repository(is, by->reference))
			return message_set(ret_message, -EEXIST,
					   "'%.100s' is the name of '%.200s' in it", by->tag, is);
		json_array_remove(manifests, i);
	}
	return 0;
}

static json_t *entry_json(const struct layout_entry *entry)
{
	json_t *o = json_object(), *annotations = json_object();
	char digest[DIGEST_TEXT_SIZE];

	digest_text(entry->digest, digest);
	json_object_set_new(o, "mediaType", json_text(entry->type_text));
	json_object_set_new(o, "digest", json_text(digest));
	json_object_set_new(o, "size", json_integer((json_int_t)entry->size));
	if (entry->reference)
		json_object_set_new(annotations, IMAGE_NAME, json_text(entry->reference));
	if (entry->tag)
		json_object_set_new(annotations, REF_NAME, json_text(entry->tag));
	if (json_object_size(annotations) > 0)
		json_object_set_new(o, "annotations", annotations);
	else
		json_unref(annotations);
	return o;
}

#define EMPTY_INDEX "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_INDEX "\",\"manifests\":[]}"

int layout_index_add(const char *old, const struct layout_entry *entry, char **ret_text,
		     char **ret_message)
{
	cleanup_document struct document document = DOCUMENT_INIT;
	cleanup_json json_t *index = NULL;
	const char *text = old ? old : EMPTY_INDEX;
	json_t *manifests;
	int r = document_parse(text, strlen(text), MEDIA_TYPE_INDEX, &document, ret_message);

	if (r == 0)
		r = json_read(text, strlen(text), DOCUMENT_SIZE_MAX, &index, ret_message);
	if (r == 0)
		r = json_get(index, "manifests", JSON_ARRAY, &manifests, ret_message);
	if (r == 0)
		r = remove_replaced(manifests, entry, ret_message);
	if (r < 0)
		return r;
	if (!manifests) {
		manifests = json_array();
		json_object_set_new(index, "manifests", manifests);
	}
	json_array_append_new(manifests, entry_json(entry));
	*ret_text = json_dumps(index, JSON_COMPACT);
	if (*ret_text && strlen(*ret_text) <= DOCUMENT_SIZE_MAX)
		return 0;
	cleanup_free_p(ret_text);
	*ret_text = NULL;
	return message_set(ret_message, -E2BIG, "there is no room for more images in it");
}

static int next_index(int dir_fd, const struct layout_entry *entry, char **ret_text,
		      char **ret_message)
{
	cleanup_close int fd = open_file_in_root(dir_fd, "index.json", O_NOFOLLOW);
	cleanup_strbuf struct strbuf old = STRBUF_INIT;
	int r = fd < 0 ? fd : strbuf_read(&old, fd, DOCUMENT_SIZE_MAX);

	if (r < 0 && r != -ENOENT)
		return message_set(ret_message, r, "%s",
				   r == -ELOOP ? "it is a link" : strerror(-r));
	return layout_index_add(fd < 0 ? NULL : strbuf_str(&old), entry, ret_text, ret_message);
}

int layout_check_image(int dir_fd, const struct layout_entry *entry, char **ret_message)
{
	cleanup_free char *text = NULL;
	int r = next_index(dir_fd, entry, &text, ret_message);

	return r < 0 ? message_prefix(ret_message, r, "index.json: ") : 0;
}

static int update_index(int dir_fd, const struct layout_entry *entry, char **ret_message)
{
	cleanup_free char *text = NULL;
	int r = next_index(dir_fd, entry, &text, ret_message);

	if (r < 0)
		return r;
	r = write_file_atomic_at(dir_fd, "index.json", text, 0644, 0);
	return r < 0 ? message_set(ret_message, r, "%s", strerror(-r)) : 0;
}

int layout_put_image(int dir_fd, const struct layout_entry *entry, char **ret_message)
{
	/* A description of its own, whose lock goes with it. */
	cleanup_close int lock_fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (lock_fd < 0 || syncfs(dir_fd) < 0)
		return message_set(ret_message, -errno, "%s", strerror(errno));
	while (flock(lock_fd, LOCK_EX) < 0) {
		if (errno != EINTR || interrupted())
			return message_set(ret_message, -errno, "%s", strerror(errno));
	}
	r = update_index(dir_fd, entry, ret_message);
	return r < 0 ? message_prefix(ret_message, r, "index.json: ") : 0;
}
