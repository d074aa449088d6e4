/* SPDX-License-Identifier: MIT */
/* The configuration of an image. What is accepted is within bounds and of the forms that image_config.h
 * promises. */
#include "fuzz.h"

#include "base/parse.h"
#include "oci/image_config.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	PROPERTY(json_load() == 0);
	return 0;
}

static bool is_one_line(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	}
	return true;
}

static bool is_path(const char *s)
{
	return s[0] == '/' && is_one_line(s) && !strstr(s, "/../") && !has_suffix(s, "/..") &&
	       !strstr(s, "//");
}

static bool is_port(const char *s)
{
	const char *slash = strchr(s, '/');
	cleanup_free char *number = slash ? xstrndup(s, (size_t)(slash - s)) : NULL;
	uint64_t port;

	return number && parse_u64(number, 1, 65535, &port) == 0 &&
	       (streq(slash, "/tcp") || streq(slash, "/udp") || streq(slash, "/sctp"));
}

static void check(const struct image_config *c)
{
	PROPERTY(!c->user || is_one_line(c->user));
	PROPERTY(!c->stop_signal || is_one_line(c->stop_signal));
	PROPERTY(!c->working_dir || is_path(c->working_dir));
	PROPERTY(c->label_names.n == c->label_values.n && c->n_diff_ids <= DESCRIPTORS_MAX);
	PROPERTY(c->ports.n <= IMAGE_CONFIG_ENTRIES_MAX &&
		 c->volumes.n <= IMAGE_CONFIG_ENTRIES_MAX);
	STRV_FOREACH (s, &c->env)
		PROPERTY(s[0] != '=' && strchr(s, '='));
	STRV_FOREACH (s, &c->volumes)
		PROPERTY(is_path(s) && s[1]);
	STRV_FOREACH (s, &c->ports)
		PROPERTY(is_port(s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_image_config struct image_config c = IMAGE_CONFIG_INIT;
	cleanup_free char *message = NULL;

	if (image_config_parse((const char *)data, size, &c, &message) < 0) {
		PROPERTY(message && !c.diff_ids);
		return 0;
	}
	PROPERTY(!message && c.diff_ids);
	check(&c);
	return 0;
}
