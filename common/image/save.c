/* SPDX-License-Identifier: MIT */
#include "image/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "layer/verify.h"
#include "oci/archive_write.h"
#include "oci/layout_write.h"

/* --- layers ------------------------------------------------------------------------------- */

/* Those that are wanted, each once, open and verified. */
struct layers {
	struct found *found;
	const struct descriptor **v;
	struct fetch_item *items; /* of those in a registry; of others, the descriptor alone */
	char **names;
	size_t n;
};

static void layers_done(struct layers *l)
{
	for (size_t i = 0; i < l->n; i++) {
		fetch_item_done(&l->items[i]);
		free(l->names[i]);
	}
	free(l->v);
	free(l->items);
	free(l->names);
}

static bool is_wanted_already(const struct layers *l, const struct descriptor *d)
{
	for (size_t i = 0; i < l->n; i++) {
		if (digest_equal(&l->v[i]->digest, &d->digest))
			return true;
	}
	return false;
}

/* All that the layout does not have; -1: all. */
static void layers_init(struct layers *l, struct found *found, int layout_fd)
{
	const struct descriptors *all = &found_image(found)->manifest.layers;

	l->found = found;
	l->v = xcalloc(all->n, sizeof(*l->v));
	l->items = xcalloc(all->n, sizeof(*l->items));
	l->names = xcalloc(all->n, sizeof(*l->names));
	for (size_t i = 0; i < all->n; i++) {
		const struct descriptor *d = &all->v[i];

		if (is_wanted_already(l, d) || (layout_fd >= 0 && layout_has(layout_fd, d)))
			continue;
		l->names[l->n] = xasprintf("layer %zu of %zu", i + 1, all->n);
		l->items[l->n] = (struct fetch_item){ .digest = &d->digest,
						      .size = d->size,
						      .what = l->names[l->n] };
		l->v[l->n++] = d;
	}
}

static int wrong_bytes(const struct layers *l, size_t i, int r)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_text(&l->v[i]->digest, digest);
	if (r == -EINTR)
		return r;
	return log_error_code(
		r, "cannot pull '%s': %s, %s: %s", l->found->text, l->names[i], digest,
		r == -EBADMSG ? "its bytes are not those of this digest" : strerror(-r));
}

/* One that was damaged in the cache comes anew, once. */
static int verify_fetched(const struct layers *l, const struct fetch *fetch, size_t i)
{
	struct fetch_item *item = &l->items[i];
	int r = item->state == FETCH_CACHED ? verify_file(item->fd, item->digest) : 0;

	if (r != -EBADMSG)
		return r < 0 ? wrong_bytes(l, i, r) : 0;
	log_notice("what the image cache had of %s was damaged and is dropped", item->what);
	cache_drop(fetch->cache, item->digest);
	fetch_item_done(item);
	*item = (struct fetch_item){ .digest = &l->v[i]->digest,
				     .size = l->v[i]->size,
				     .what = l->names[i] };
	r = fetch_blobs(fetch, item, 1);
	if (r < 0)
		return r;
	r = item->state == FETCH_CACHED ? verify_file(item->fd, item->digest) : 0;
	return r < 0 ? wrong_bytes(l, i, r) : 0;
}

static int open_fetched(const struct layers *l)
{
	const struct fetch fetch = pull_fetch(&l->found->pull);
	int r = fetch_blobs(&fetch, l->items, l->n);

	for (size_t i = 0; r >= 0 && i < l->n; i++)
		r = verify_fetched(l, &fetch, i);
	return r;
}

static int open_local(const struct layers *l)
{
	for (size_t i = 0; i < l->n; i++) {
		cleanup_free char *message = NULL;
		int fd = layout_open_blob(l->found->local.dir_fd, l->v[i], &message);
		int r = fd;

		if (fd < 0)
			return log_error_code(fd, "cannot pull '%s': %s", l->found->text, message);
		l->items[i].state = FETCH_CACHED;
		l->items[i].fd = fd;
		r = verify_file(fd, &l->v[i]->digest);
		if (r < 0)
			return wrong_bytes(l, i, r);
	}
	return 0;
}

static int layers_open(const struct layers *l)
{
	if (l->n == 0)
		return 0;
	return l->found->is_local ? open_local(l) : open_fetched(l);
}

/* --- what it is called there ---------------------------------------------------------------- */

struct names {
	const char *tag;
	char *reference;
};

static void names_done(struct names *names)
{
	free(names->reference);
}

static void find_names(const struct found *found, const struct save_request *request,
		       struct names *names)
{
	const struct reference *ref = &found->pull.reference;

	names->tag = found->is_local ? found_image(found)->tag : ref->tag;
	if (found->is_local)
		names->reference = xstrdup_null(found_image(found)->reference);
	if (request->tag)
		names->tag = request->tag;
	if (!found->is_local && ref->tag)
		names->reference = xasprintf("%s/%s:%s", ref->registry, ref->repository, ref->tag);
}

static struct layout_entry entry_of(const struct image *image, const struct names *names)
{
	return (struct layout_entry){
		.digest = &image->digest,
		.type_text = image->type_text,
		.size = image->manifest_text.len,
		.tag = names->tag,
		.reference = names->reference,
	};
}

/* --- a directory ---------------------------------------------------------------------------- */

static int put_documents(int dir_fd, const struct image *image)
{
	int r = layout_put_text(dir_fd, &image->manifest.config.digest, &image->config_text);

	return r < 0 ? r : layout_put_text(dir_fd, &image->digest, &image->manifest_text);
}

static int put_blobs(int dir_fd, const struct layers *l, const struct save_request *request)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < l->n; i++)
		r = interrupted() ? -EINTR : layout_put_file(dir_fd, l->v[i], l->items[i].fd);
	if (r >= 0)
		r = put_documents(dir_fd, found_image(l->found));
	return r < 0 && r != -EINTR ? log_error_errno(r, "cannot write to '%s'", request->output)
				    : r;
}

static int cannot_add(const struct found *found, const struct save_request *request, int r,
		      const char *message)
{
	return log_error_code(r, "cannot add '%s' to '%s': %s%s", found->text, request->output,
			      message, r == -EEXIST ? " (--tag gives another one)" : "");
}

static int save_to_layout(struct found *found, const struct save_request *request)
{
	const struct image *image = found_image(found);
	cleanup_close int dir_fd = layout_make(request->output);
	cleanup_(layers_done) struct layers l = { .n = 0 };
	cleanup_(names_done) struct names names = { NULL, NULL };
	cleanup_free char *message = NULL;
	struct layout_entry entry;
	int r;

	if (dir_fd < 0)
		return dir_fd;
	find_names(found, request, &names);
	entry = entry_of(image, &names);
	entry.replaces = request->tag;
	r = layout_check_image(dir_fd, &entry, &message);
	if (r < 0)
		return cannot_add(found, request, r, message);
	layers_init(&l, found, dir_fd);
	r = layers_open(&l);
	if (r >= 0)
		r = put_blobs(dir_fd, &l, request);
	if (r < 0)
		return r;
	r = layout_put_image(dir_fd, &entry, &message);
	return r < 0 ? cannot_add(found, request, r, message) : 0;
}

/* --- an archive ------------------------------------------------------------------------------ */

static int write_blobs(struct archive_writer *w, const struct layers *l)
{
	const struct image *image = found_image(l->found);
	int r = archive_writer_add_blob_text(w, &image->digest, strbuf_str(&image->manifest_text),
					     image->manifest_text.len);

	if (r >= 0)
		r = archive_writer_add_blob_text(w, &image->manifest.config.digest,
						 strbuf_str(&image->config_text),
						 image->config_text.len);
	for (size_t i = 0; r >= 0 && i < l->n; i++)
		r = archive_writer_add_blob(w, &l->v[i]->digest, l->items[i].fd, l->v[i]->size);
	return r;
}

static int write_archive(struct found *found, const struct save_request *request, int fd,
			 const char *name)
{
	cleanup_archive_writer struct archive_writer *w = NULL;
	cleanup_(layers_done) struct layers l = { .n = 0 };
	cleanup_(names_done) struct names names = { NULL, NULL };
	cleanup_free char *index = NULL, *message = NULL;
	struct layout_entry entry;
	int r;

	layers_init(&l, found, -1);
	find_names(found, request, &names);
	entry = entry_of(found_image(found), &names);
	r = layout_index_add(NULL, &entry, &index, &message);
	if (r < 0)
		return log_error_code(r, "cannot write %s: %s", name, message);
	r = layers_open(&l);
	if (r >= 0)
		r = archive_writer_new(fd, name, &w);
	if (r >= 0)
		r = archive_writer_add_text(w, "oci-layout", LAYOUT_FILE, strlen(LAYOUT_FILE));
	if (r >= 0)
		r = archive_writer_add_text(w, "index.json", index, strlen(index));
	if (r >= 0)
		r = write_blobs(w, &l);
	return r < 0 ? r : archive_writer_finish(w);
}

static int save_to_stdout(struct found *found, const struct save_request *request)
{
	if (isatty(STDOUT_FILENO))
		return log_error_code(-EINVAL,
				      "standard output is a terminal, and no place for an archive");
	return write_archive(found, request, STDOUT_FILENO, "standard output");
}

/* Written beside it, and renamed. */
static int save_to_file(struct found *found, const struct save_request *request)
{
	cleanup_free char *text = xasprintf("'%s'", request->output);
	const char *slash = strrchr(request->output, '/');
	const char *name = slash ? slash + 1 : request->output;
	cleanup_free char *parent = xstrndup(request->output, (size_t)(name - request->output));
	cleanup_free char *temp = xasprintf(".%s.tmp-%d", name, (int)getpid());
	cleanup_close int dir_fd = open(*parent ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			  fd = -1;
	int r;

	if (dir_fd >= 0) {
		remove_stale_temps(dir_fd, name);
		fd = openat(dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0644);
	}
	if (fd < 0)
		return log_error_errno(-errno, "cannot write %s", text);
	r = write_archive(found, request, fd, text);
	if (r >= 0 && (fsync(fd) < 0 || renameat(dir_fd, temp, dir_fd, name) < 0))
		r = log_error_errno(-errno, "cannot write %s", text);
	if (r < 0)
		(void)unlinkat(dir_fd, temp, 0);
	else
		(void)fsync(dir_fd); /* it is there as a whole, or what was there before */
	return r;
}

/* ---------------------------------------------------------------------------------------------- */

static int save(struct found *found, const struct save_request *request)
{
	if (streq(request->output, "-"))
		return save_to_stdout(found, request);
	if (has_suffix(request->output, ".tar") && !local_is_directory(request->output))
		return save_to_file(found, request);
	return save_to_layout(found, request);
}

int save_image(struct found *found, const struct save_request *request)
{
	uint64_t freed;
	int r;

	if (!found_image(found))
		return log_error_code(-ENOTSUP,
				      "'%s' is in a docker archive, which has no manifest to pull",
				      found->text);
	r = save(found, request);
	if (!found->is_local && cache_trim(&found->pull.cache, found->pull.cache.max, &freed) < 0)
		log_warning("cannot bring the image cache '%s' down to its limit",
			    found->pull.cache.path);
	return r;
}
