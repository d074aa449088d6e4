/* SPDX-License-Identifier: MIT */
#include "oci/index.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/strv.h"

int index_parse(const json_t *object, struct index *ret, char **ret_message)
{
	return descriptors_parse(object, "manifests", "entry", &ret->manifests, ret_message);
}

/* What could be an image, or lead to one. */
static bool is_candidate(const struct descriptor *d)
{
	return (d->type.kind == MEDIA_MANIFEST || d->type.kind == MEDIA_INDEX) &&
	       !d->is_attestation && !(d->has_platform && platform_is_unknown(&d->platform));
}

/* More would not help anybody. */
#define PLATFORMS_NAMED_MAX 40

static int none_fits(const struct index *index, const struct platform *wanted, char **ret_message)
{
	cleanup_free char *wanted_text = platform_text(wanted), *list = NULL;
	cleanup_strv struct strv there = STRV_INIT;

	for (size_t i = 0; i < index->manifests.n && there.n < PLATFORMS_NAMED_MAX; i++) {
		const struct descriptor *d = &index->manifests.v[i];
		cleanup_free char *text = NULL;

		if (!is_candidate(d) || !d->has_platform)
			continue;
		text = platform_text(&d->platform);
		if (!strv_contains(&there, text))
			strv_add(&there, text);
	}
	if (there.n == 0)
		return message_set(ret_message, -ENOENT, "it names no image");
	list = strv_join(&there, ", ");
	return message_set(ret_message, -ENOENT, "there is no image for %s, only for %.2000s",
			   wanted_text, list);
}

int index_choose(const struct index *index, const struct platform *wanted,
		 const struct descriptor **ret, char **ret_message)
{
	const struct descriptor *best = NULL, *unstated = NULL;
	size_t n_unstated = 0;
	int best_fit = 0;

	for (size_t i = 0; i < index->manifests.n; i++) {
		const struct descriptor *d = &index->manifests.v[i];
		int fit;

		if (!is_candidate(d))
			continue;
		if (!d->has_platform) {
			/* One image may have several names. */
			if (unstated && digest_equal(&d->digest, &unstated->digest))
				continue;
			unstated = d;
			n_unstated++;
			continue;
		}
		fit = platform_fit(&d->platform, wanted);
		if (fit > best_fit) {
			best_fit = fit;
			best = d;
		}
	}
	if (!best && n_unstated > 1)
		return message_set(ret_message, -ENOTUNIQ,
				   "it has %zu images, and does not say for which platforms",
				   n_unstated);
	if (!best && !unstated)
		return none_fits(index, wanted, ret_message);
	*ret = best ? best : unstated;
	return 0;
}

void index_done(struct index *index)
{
	descriptors_done(&index->manifests);
}
