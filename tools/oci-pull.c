/* SPDX-License-Identifier: MIT */
/* oci-pull: an image of a registry into an OCI layout. */

#include <stdio.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "image/options.h"
#include "image/save.h"
#include "oci/reference.h"

static bool arg_quiet;
static const char *arg_output, *arg_tag;
static struct pull_option arg_pull;
static struct platform arg_platform; /* nothing: this machine's */

static const struct opt opts[] = {
	OPT_STR('o', "output", "LAYOUT", &arg_output,
		"To this directory, FILE.tar, or - for a tarball", .words = WORDS_FILE),
	OPT_STR('t', "tag", "NAME", &arg_tag, "Its name in the layout, else its tag"),
	OPTION_PLATFORM(&arg_platform),
	OPTIONS_PULL(&arg_pull),
	OPTION_QUIET(&arg_quiet),
	OPT_END,
};

/* On standard output, unless that is the archive. */
static void print_digest(const struct found *found)
{
	char text[DIGEST_TEXT_SIZE];

	digest_text(&found_image(found)->digest, text);
	if (streq(arg_output, "-"))
		log_notice("pulled %s", text);
	else
		printf("%s\n", text);
}

static int run(const struct args *args)
{
	cleanup_found struct found found = FOUND_INIT;
	const struct find_request find = {
		.text = args->argv[0],
		.platform = &arg_platform,
		.pull = &arg_pull,
		.config = global_args.config,
	};
	struct save_request save;
	int r;

	if (!arg_output || !*arg_output)
		return usage_error("--output is missing: where is the image to be put?");
	if (arg_tag && !*arg_tag)
		return usage_error("--tag: the name cannot be empty");
	if (arg_tag && !reference_is_tag(arg_tag))
		return usage_error("--tag: '%s' is no tag: at most 128 letters, digits, '_', '.' and '-', "
				   "the first none of the last two",
				   arg_tag);
	if (arg_quiet)
		log_set_max(LOG_LEVEL_WARNING);
	if (!arg_platform.os)
		platform_set_host(&arg_platform);
	r = find_image(&find, &found);
	if (r != 0)
		return r;
	save = (struct save_request){ .output = arg_output, .tag = arg_tag };
	r = save_image(&found, &save);
	if (r >= 0)
		print_digest(&found);
	return r;
}

const struct applet applet_oci_pull = {
	.name = "sdme-oci-pull",
	.summary = "Put an OCI image of a registry into a layout",
	.synopsis = "REFERENCE|LAYOUT[:NAME]",
	.examples =
		"  sudo sdme oci pull registry.example.com/web:1.0 -o ./images\n"
		"  sudo sdme oci pull example.com/web -o - | ssh it sudo sdme fs import web -\n"
		"  sdme oci pull ./images:1.0 -o web.tar\n",
	.opts = opts,
	.operands = { WORDS_FILE },
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
