/* SPDX-License-Identifier: MIT */
#include "image/pull.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "image/remote.h"
#include "image/stream.h"
#include "oci/document.h"

int pull_policy_parse(const char *text, enum pull_policy *ret)
{
	static const char *const words[] = { "newer", "always", "missing", "never" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (streq(text, words[i])) {
			*ret = (enum pull_policy)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* --- documents in the cache --------------------------------------------------------------- */

static int read_cached(const struct pull *p, const struct digest *digest, uint64_t size,
		       struct strbuf *ret)
{
	cleanup_close int fd = cache_read(&p->cache, digest, size);
	cleanup_hasher struct hasher *hasher = NULL;
	struct digest is;
	int r = fd < 0 ? fd : strbuf_read(ret, fd, DOCUMENT_SIZE_MAX);

	if (r < 0)
		return r;
	hasher = hasher_new(digest->algorithm);
	hasher_update(hasher, strbuf_str(ret), ret->len);
	hasher_finish(hasher, &is);
	if (digest_equal(&is, digest))
		return 0;
	/* Damaged: as good as not there. */
	cache_drop(&p->cache, digest);
	strbuf_clear(ret);
	return -ENOENT;
}

/* What is not kept is fetched again: no reason to fail. */
static void keep(const struct pull *p, const struct registry_document *document)
{
	cleanup_cache_fetch struct cache_fetch file = CACHE_FETCH_INIT;
	int r = cache_fetch_begin(&p->cache, &document->digest, &file);

	if (r >= 0)
		r = cache_fetch_restart(&file);
	if (r >= 0)
		r = write_all(file.fd, document->bytes, document->len);
	if (r >= 0)
		r = cache_fetch_commit(&file);
	if (r < 0 && r != -EEXIST && r != -EBUSY)
		log_debug("cannot keep '%s' in the image cache: %s", p->text, strerror(-r));
}

/* --- what the reference means ------------------------------------------------------------- */

struct top {
	struct digest digest;
	char *type; /* NULL: not known */
	uint64_t size;
};

static void top_done(struct top *top)
{
	free(top->type);
}

static int top_of_cache(const struct pull *p, const struct digest *digest, const char *type,
			struct top *ret)
{
	cleanup_strbuf struct strbuf bytes = STRBUF_INIT;
	int r = read_cached(p, digest, UINT64_MAX, &bytes);

	if (r < 0)
		return r;
	*ret = (struct top){ *digest, xstrdup_null(type), bytes.len };
	return 0;
}

static int top_of_registry(struct pull *p, struct top *ret)
{
	cleanup_registry_document struct registry_document document = { 0 };
	const struct reference *ref = &p->reference;
	int r = registry_get_document(p->registry, ref->repository, ref->tag,
				      ref->has_digest ? &ref->digest : NULL, &document);
	struct cache_tag tag;

	if (r < 0)
		return r;
	keep(p, &document);
	tag = (struct cache_tag){ document.digest, document.type, (uint64_t)time(NULL) };
	if (!ref->has_digest)
		(void)cache_tag_write(&p->cache, p->text, &tag);
	*ret = (struct top){ document.digest, xstrdup_null(*document.type ? document.type : NULL),
			     document.len };
	return 0;
}

/* Whether the registry has said no, which is an answer. */
static bool is_refusal(int r)
{
	return r == -EACCES || r == -ENOENT;
}

/* Whether the tag means now what it meant, 1 or 0; 1 too where the registry cannot be asked. */
static int is_newest(struct pull *p, const struct cache_tag *tag)
{
	cleanup_free char *why = NULL;
	struct digest now;
	int r = registry_resolve_tag(p->registry, p->reference.repository, p->reference.tag, &now,
				     &why);

	if (r >= 0 || r == -EINTR)
		return r < 0 ? r : digest_equal(&now, &tag->digest);
	if (is_refusal(r))
		return log_error_code(r, "%s", why);
	log_warning("%s; going on with what '%s' was when it was last fetched", why, p->text);
	return 1;
}

static int find_tag(struct pull *p, struct top *ret)
{
	cleanup_cache_tag struct cache_tag tag = { .media_type = NULL };
	int r = cache_tag_read(&p->cache, p->text, &tag);

	if (r >= 0)
		r = top_of_cache(p, &tag.digest, tag.media_type, ret);
	if (r < 0 && p->policy == PULL_NEVER)
		return log_error_code(-ENOENT, "'%s' is not in the image cache '%s', and nothing is to be fetched", p->text,
				      p->cache.path);
	if (r < 0)
		return top_of_registry(p, ret);
	if (p->policy == PULL_NEWER) {
		r = is_newest(p, &tag);
		if (r != 0)
			return r < 0 ? r : 0;
	} else if (p->policy != PULL_ALWAYS) {
		return 0;
	}
	top_done(ret);
	ret->type = NULL;
	return top_of_registry(p, ret);
}

static int find_top(struct pull *p, struct top *ret)
{
	if (!p->reference.has_digest)
		return find_tag(p, ret);
	if (top_of_cache(p, &p->reference.digest, NULL, ret) >= 0)
		return 0;
	if (p->policy == PULL_NEVER)
		return log_error_code(-ENOENT, "'%s' is not in the image cache '%s', and nothing is to be fetched", p->text,
				      p->cache.path);
	return top_of_registry(p, ret);
}

/* --- from there to the image -------------------------------------------------------------- */

struct fetch pull_fetch(const struct pull *p)
{
	return (struct fetch){ &p->cache, p->http, p->registry, p->reference.repository,
			       p->max_size };
}

static int fetch_config(const struct pull *p, const struct descriptor *d, struct strbuf *ret)
{
	const struct fetch fetch = pull_fetch(p);
	cleanup_(fetch_item_done) struct fetch_item item = { &d->digest, d->size,
							     "the configuration" };
	int r = fetch_blobs(&fetch, &item, 1);

	return r < 0 ? r : strbuf_read(ret, item.fd, DOCUMENT_SIZE_MAX);
}

static int fetch_manifest(const struct pull *p, const struct descriptor *d, struct strbuf *ret)
{
	cleanup_registry_document struct registry_document document = { 0 };
	int r;

	if (!p->http)
		return log_error_code(-ENOENT, "a manifest of '%s' is not in the image cache '%s', and nothing is to be "
				      "fetched",
				      p->text, p->cache.path);
	r = registry_get_document(p->registry, p->reference.repository, NULL, &d->digest,
				  &document);
	if (r < 0)
		return r;
	keep(p, &document);
	strbuf_add(ret, document.bytes, document.len);
	return 0;
}

/* Both of them log. */
static int fetch_document(const struct descriptor *d, struct strbuf *ret, void *data,
			  attr_unused char **ret_message)
{
	struct pull *p = data;
	bool is_manifest = d->type.kind == MEDIA_MANIFEST || d->type.kind == MEDIA_INDEX;
	int r = read_cached(p, &d->digest, d->size, ret);

	if (r >= 0)
		return 0;
	strbuf_clear(ret);
	r = is_manifest ? fetch_manifest(p, d, ret) : fetch_config(p, d, ret);
	p->is_told = r < 0;
	return r;
}

static int resolve(struct pull *p, const struct platform *wanted)
{
	cleanup_free char *message = NULL;
	cleanup_(top_done) struct top top = { .type = NULL };
	struct descriptor d = { .size = 0 };
	int r = find_top(p, &top);

	if (r < 0)
		return r;
	d.digest = top.digest;
	d.size = top.size;
	d.type_text = top.type;
	d.type = media_type_parse(top.type);
	/* Whatever it is called: it was asked for as a manifest. */
	if (d.type.kind == MEDIA_UNKNOWN)
		d.type.kind = MEDIA_MANIFEST;
	r = image_resolve(&d, wanted, fetch_document, p, &p->image, &message);
	return r < 0 && !p->is_told ? log_error_code(r, "cannot import '%s': %s", p->text, message)
				    : r;
}

static int open_registry(struct pull *p, const struct config *config)
{
	int r = remote_http_new(config, &p->http);

	return r < 0 ? r : remote_registry_new(config, p->http, p->reference.registry, &p->registry);
}

int pull_image(const struct store *s, const char *text, enum pull_policy policy,
	       const struct platform *wanted, struct pull *ret)
{
	cleanup_pull struct pull p = PULL_INIT;
	int r = reference_parse(text, s->config.default_registry, &p.reference);

	p.policy = policy;
	p.max_size = s->config.max_download_size;
	if (r < 0)
		return log_error_code(r, "'%s' is not the name of an image", text);
	p.text = reference_text(&p.reference);
	r = json_load();
	if (r >= 0)
		r = cache_open(s, STORE_WRITE, &p.cache);
	if (r >= 0 && policy != PULL_NEVER)
		r = open_registry(&p, &s->config);
	if (r >= 0)
		r = resolve(&p, wanted);
	if (r < 0)
		return r;
	*ret = p;
	p = (struct pull)PULL_INIT;
	return 0;
}

/* --- the layers --------------------------------------------------------------------------- */

int pull_unpack(struct pull *p, int root_fd)
{
	const struct fetch fetch = pull_fetch(p);
	int r = stream_layers(&p->image, &fetch, root_fd, p->text);
	uint64_t freed;

	if (cache_trim(&p->cache, p->cache.max, &freed) < 0)
		log_warning("cannot bring the image cache '%s' down to its limit", p->cache.path);
	return r;
}

void pull_done(struct pull *p)
{
	image_done(&p->image);
	if (p->registry)
		registry_free(p->registry);
	if (p->http)
		http_free(p->http);
	reference_done(&p->reference);
	cache_close(&p->cache);
	free(p->text);
	*p = (struct pull)PULL_INIT;
}
