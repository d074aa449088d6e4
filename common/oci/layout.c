/* SPDX-License-Identifier: MIT */
#include "oci/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/log.h"

#define VERSION "1.0.0"

bool layout_is_one(int dir_fd)
{
	return exists_at(dir_fd, "oci-layout");
}

static const char *error_text(int r)
{
	if (r == -ELOOP)
		return "it is a link";
	return r == -ENOTSUP || r == -EISDIR ? "it is no regular file" : strerror(-r);
}

static int read_name(int dir_fd, const char *name, size_t max, struct strbuf *ret,
		     char **ret_message)
{
	cleanup_close int fd = open_file_in_root(dir_fd, name, O_NOFOLLOW);
	int r = fd < 0 ? fd : strbuf_read(ret, fd, max);

	return r < 0 ? message_set(ret_message, r, "%s: %s", name, error_text(r)) : 0;
}

int layout_check_version(int dir_fd, char **ret_message)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_json json_t *object = NULL;
	const char *version = NULL;
	int r = read_name(dir_fd, "oci-layout", 4096, &text, ret_message);

	if (r < 0)
		return r;
	r = json_read(strbuf_str(&text), text.len, 4096, &object, ret_message);
	if (r == 0)
		r = json_get_string(object, "imageLayoutVersion", &version, ret_message);
	if (r == 0 && (!version || !streq(version, VERSION)))
		r = message_set(ret_message, -ENOTSUP,
				"the version is '%.20s', only " VERSION " is known",
				version ? version : "");
	return r < 0 ? message_prefix(ret_message, r, "oci-layout: ") : 0;
}

static int read_index(int dir_fd, struct index *ret, char **ret_message)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_document struct document d = DOCUMENT_INIT;
	int r = layout_check_version(dir_fd, ret_message);

	if (r == 0)
		r = read_name(dir_fd, "index.json", DOCUMENT_SIZE_MAX, &text, ret_message);
	if (r < 0)
		return r;
	r = document_parse(strbuf_str(&text), text.len, MEDIA_TYPE_INDEX,
			   &d, ret_message);
	if (r < 0)
		return message_prefix(ret_message, r, "index.json: ");
	*ret = d.index;
	d.index = (struct index){ .manifests = { NULL, 0 } };
	return 0;
}

static bool has_name(const struct descriptor *d, const char *name)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_text(&d->digest, digest);
	return (d->ref_name && streq(d->ref_name, name)) ||
	       (d->image_name && streq(d->image_name, name)) || streq(digest, name);
}

/* More would not help anybody. */
#define NAMES_MAX 40

/* The names that there are: "1.0, 1.1". */
static char *name_list(const struct index *index)
{
	cleanup_strv struct strv names = STRV_INIT;

	for (size_t i = 0; i < index->manifests.n && names.n < NAMES_MAX; i++) {
		const struct descriptor *d = &index->manifests.v[i];

		if (d->ref_name && !strv_contains(&names, d->ref_name))
			strv_add(&names, d->ref_name);
	}
	return strv_join(&names, ", ");
}

static int no_such_name(const struct index *index, const char *name, char **ret_message)
{
	cleanup_free char *list = name_list(index);

	if (!*list)
		return message_set(ret_message, -ENOENT,
				   "there is no image '%s', they have no names", name);
	return message_set(ret_message, -ENOENT, "there is no image '%s', only: %.2000s", name,
			   list);
}

/* Two names for one image do not count. */
static bool has_several(const struct index *index)
{
	const struct descriptor *first = NULL;

	for (size_t i = 0; i < index->manifests.n; i++) {
		const struct descriptor *d = &index->manifests.v[i];

		if (d->ref_name && !first)
			first = d;
		if (d->ref_name && !streq(d->ref_name, first->ref_name) &&
		    !digest_equal(&d->digest, &first->digest))
			return true;
	}
	return false;
}

static int choose(const struct index *index, const char *name, const struct platform *wanted,
		  const struct descriptor **ret, char **ret_message)
{
	/* Those of the name; what they point to is the index's. */
	cleanup_free struct descriptor *v = xcalloc(index->manifests.n + 1, sizeof(*v));
	cleanup_free size_t *origin = xcalloc(index->manifests.n + 1, sizeof(*origin));
	struct index named = { .manifests = { v, 0 } };
	const struct descriptor *chosen;
	int r;

	for (size_t i = 0; i < index->manifests.n; i++) {
		if (name && !has_name(&index->manifests.v[i], name))
			continue;
		origin[named.manifests.n] = i;
		v[named.manifests.n++] = index->manifests.v[i];
	}
	if (!name && has_several(index)) {
		cleanup_free char *list = name_list(index);

		return message_set(ret_message, -ENOTUNIQ,
				   "there are several images, name one: %.2000s", list);
	}
	if (name && named.manifests.n == 0)
		return no_such_name(index, name, ret_message);
	r = index_choose(&named, wanted, &chosen, ret_message);
	if (r == 0)
		*ret = &index->manifests.v[origin[chosen - v]];
	return r;
}

int layout_open_blob(int dir_fd, const struct descriptor *d, char **ret_message)
{
	char path[sizeof("blobs/") + DIGEST_TEXT_SIZE] = "blobs/", *name = path + strlen("blobs/");
	cleanup_close int fd = -1;
	struct stat st;

	digest_text(&d->digest, name);
	*strchr(name, ':') = '/';
	fd = open_file_in_root(dir_fd, path, O_NOFOLLOW);
	if (fd < 0)
		return message_set(ret_message, fd, "%s: %s", path, error_text(fd));
	if (fstat(fd, &st) < 0)
		return message_set(ret_message, -errno, "%s: %s", path, strerror(errno));
	if ((uint64_t)st.st_size != d->size)
		return message_set(ret_message, -EBADMSG, "%s: it has %lld bytes and not %llu",
				   path, (long long)st.st_size, (unsigned long long)d->size);
	return TAKE_FD(fd);
}

static int fetch(const struct descriptor *d, struct strbuf *ret, void *data, char **ret_message)
{
	cleanup_close int fd = layout_open_blob(*(const int *)data, d, ret_message);
	int r = fd < 0 ? fd : strbuf_read(ret, fd, d->size);

	return r < 0 && !*ret_message ? message_set(ret_message, r, "%s", strerror(-r)) : r;
}

int layout_read_image(int dir_fd, const char *name, const struct platform *wanted,
		      struct image *ret, char **ret_message)
{
	cleanup_index struct index index = { .manifests = { NULL, 0 } };
	const struct descriptor *top;
	int r = read_index(dir_fd, &index, ret_message);

	if (r < 0)
		return r;
	r = choose(&index, name, wanted, &top, ret_message);
	if (r < 0)
		return message_prefix(ret_message, r, "index.json: ");
	r = image_resolve(top, wanted, fetch, &dir_fd, ret, ret_message);
	if (r == 0) {
		ret->tag = xstrdup_null(top->ref_name);
		ret->reference = xstrdup_null(top->image_name);
	}
	return r;
}

struct opener {
	int dir_fd;
	const char *name;
};

static int open_layer(const struct descriptor *d, attr_unused size_t number, void *data)
{
	const struct opener *opener = data;
	cleanup_free char *message = NULL;
	int fd = layout_open_blob(opener->dir_fd, d, &message);

	return fd < 0 ? log_error_code(fd, "cannot unpack '%s': %s", opener->name, message) : fd;
}

int layout_unpack(int dir_fd, const struct image *image, int root_fd, const char *name)
{
	struct opener opener = { dir_fd, name };

	return image_unpack(image, open_layer, &opener, root_fd, name);
}
