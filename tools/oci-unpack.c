/* SPDX-License-Identifier: MIT */
/* oci-unpack: make a directory of an image in an OCI layout or a docker archive. */

#include <errno.h>
#include <stdio.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/redact.h"
#include "image/options.h"
#include "oci/extract.h"

static const char *arg_tag, *arg_digest;
static struct platform arg_platform; /* nothing: this machine's */

static const struct opt opts[] = {
	OPTIONS_IMAGE(&arg_tag, &arg_digest),
	OPTION_PLATFORM(&arg_platform),
	OPT_END,
};

static int run(const struct args *args)
{
	cleanup_free char *path = NULL, *name = NULL, *shown = redact(args->argv[0]);
	struct local_request request = { .platform = &arg_platform };
	int r = local_split(args->argv[0], &path, &name);

	if (!*args->argv[1])
		return usage_error("the name of the directory cannot be empty");
	if (r < 0)
		return log_error_code(
			r, "there is no file or directory '%s' ('sdme oci pull' gets an image)",
			shown);
	r = choose_name(name, arg_tag, arg_digest, &request.name);
	if (r != 0)
		return r;
	if (!arg_platform.os)
		platform_set_host(&arg_platform);
	request.path = path;
	r = extract_image(&request, args->argv[1]);
	if (r >= 0)
		printf("%s\n", args->argv[1]);
	return r;
}

const struct applet applet_oci_unpack = {
	.name = "sdme-oci-unpack",
	.summary = "Unpack an image of an OCI layout to a directory",
	.synopsis = "LAYOUT[:NAME] DIRECTORY",
	.examples = "  sudo sdme oci unpack ./images:24.04 ./tree\n"
		    "  sudo sdme oci unpack saved.tar:web:latest ./tree\n",
	.opts = opts,
	.operands = { WORDS_FILE, WORDS_DIR },
	.min_operands = 2,
	.max_operands = 2,
	.flags = APPLET_ROOT,
	.run = run,
};
