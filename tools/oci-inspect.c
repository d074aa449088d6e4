/* SPDX-License-Identifier: MIT */
/* oci-inspect: what an image says of itself. */

#include <errno.h>
#include <stdio.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/jsonread.h"
#include "base/log.h"
#include "image/inspect.h"
#include "image/options.h"

static bool arg_raw;
static const char *arg_tag, *arg_digest;
static struct pull_option arg_pull;
static struct platform arg_platform; /* nothing: this machine's */

static const struct opt opts[] = {
	OPT_FLAG(0, "raw", &arg_raw, "The bytes of the manifest, or of the index in front of it"),
	OPTIONS_IMAGE(&arg_tag, &arg_digest),
	OPTION_PLATFORM(&arg_platform),
	OPTIONS_PULL(&arg_pull),
	OPT_END,
};

static int print_raw(const struct found *found, bool is_top)
{
	const struct image *image = found_image(found);
	const struct strbuf *text;

	if (!image)
		return log_error_code(-ENOENT,
				      "'%s' is in a docker archive, which has no manifests",
				      found->text);
	text = is_top ? &image->top_text : &image->manifest_text;
	(void)fwrite(strbuf_str(text), 1, text->len, stdout); /* main() sees what went wrong */
	return 0;
}

static int print_json(const struct found *found)
{
	cleanup_json json_t *o = NULL;
	int r = inspect_json(found, &o);

	if (r >= 0)
		json_print(o, true);
	return r;
}

static int run(const struct args *args)
{
	cleanup_found struct found found = FOUND_INIT;
	const struct find_request request = {
		.text = args->argv[0],
		.tag = arg_tag,
		.digest = arg_digest,
		.platform = &arg_platform,
		.pull = &arg_pull,
		.config = global_args.config,
		.documents_only = true,
	};
	/* What stands in front of all platforms is the same for each. */
	bool is_top = arg_raw && !arg_platform.os;
	int r;

	if (!arg_platform.os && !is_top)
		platform_set_host(&arg_platform);
	r = find_image(&request, &found);
	if (r != 0)
		return r;
	return arg_raw ? print_raw(&found, is_top) : print_json(&found);
}

const struct applet applet_oci_inspect = {
	.name = "sdme-oci-inspect",
	.summary = "Show what an OCI image says of itself",
	.synopsis = "REFERENCE|LAYOUT[:NAME]",
	.examples = "  sudo sdme oci inspect registry.example.com/web:1.0\n"
		    "  sdme oci inspect ./images:24.04 | jq .config.config.Env\n"
		    "  sdme oci inspect --raw saved.tar | sha256sum\n",
	.opts = opts,
	.operands = { WORDS_FILE },
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
