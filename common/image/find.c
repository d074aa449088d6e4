/* SPDX-License-Identifier: MIT */
#include "image/find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/redact.h"

/* Whether it may be the name of an image; a name of a file that is not there is none. */
static bool is_reference(const char *text)
{
	cleanup_reference struct reference ref = REFERENCE_INIT;
	const char *slash = strrchr(text, '/'), *last = slash ? slash + 1 : text;

	return *text != '.' && !strstr(last, ".tar") && !has_suffix(last, ".tgz") &&
	       reference_parse(text, NULL, &ref) >= 0;
}

static int find_local(const struct find_request *request, const char *path, const char *name,
		      struct found *found)
{
	struct local_request local = {
		.path = path,
		.platform = request->platform,
		.documents_only = request->documents_only,
	};
	int r = choose_name(name, request->tag, request->digest, &local.name);

	if (r == 0 && request->pull->is_given)
		r = usage_error("--pull is for images of registries, and '%s' is here", path);
	if (r != 0)
		return r;
	if (!local_is_directory(path)) {
		r = scratch_begin_temp(&found->aside);
		if (r < 0)
			return log_error_errno(r, "cannot make a temporary directory");
	}
	local.aside_fd = found->aside.fd;
	r = local_open(&local, &found->local);
	found->is_local = true;
	if (r >= 0)
		found->text = xstrdup(found->local.text);
	return r;
}

static int find_in_registry(const struct find_request *request, struct found *found)
{
	const char *option = request->tag ? "--tag" : request->digest ? "--digest" : NULL;
	cleanup_free char *shown = redact(request->text);
	int r;

	if (!is_reference(request->text))
		return log_error_code(-ENOENT, "there is no file or directory '%s'", shown);
	if (option)
		return usage_error("there is no file or directory '%s', and %s is for those",
				   shown, option);
	r = store_open(STORE_WRITE, request->config, &found->store);
	if (r >= 0)
		r = pull_image(&found->store, request->text, request->pull->policy, request->platform,
			       &found->pull);
	if (r >= 0)
		found->text = xstrdup(found->pull.text);
	return r;
}

int find_image(const struct find_request *request, struct found *ret)
{
	cleanup_found struct found found = FOUND_INIT;
	cleanup_free char *path = NULL, *name = NULL;
	int r = option_pull_check(request->pull);

	if (r != 0)
		return r;
	r = local_split(request->text, &path, &name);
	r = r >= 0 ? find_local(request, path, name, &found) : find_in_registry(request, &found);
	if (r != 0)
		return r;
	*ret = found;
	found = (struct found)FOUND_INIT;
	return 0;
}

const struct image *found_image(const struct found *found)
{
	if (!found->is_local)
		return &found->pull.image;
	return found->local.is_docker ? NULL : &found->local.image;
}

void found_done(struct found *found)
{
	local_done(&found->local);
	pull_done(&found->pull);
	store_close(&found->store);
	scratch_done(&found->aside);
	free(found->text);
	*found = (struct found)FOUND_INIT;
}
