/* SPDX-License-Identifier: MIT */
#include "oci/classify.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/jsonread.h"
#include "base/strbuf.h"

static bool is_shell(const char *word)
{
	const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;

	return streq(name, "bash") || streq(name, "sh");
}

bool image_is_system(const struct image_config *c)
{
	if (c->ports.n > 0 || c->entrypoint.n > 0)
		return false;
	return c->cmd.n == 0 || (c->cmd.n == 1 && is_shell(c->cmd.v[0]));
}

static void add_list(struct strbuf *text, const char *name, const struct strv *list)
{
	cleanup_json json_t *array = json_strv(list);
	cleanup_free char *json = json_dumps(array, 0);

	strbuf_addf(text, "%s%s %s", text->len > 0 ? ", " : "", name, json ? json : "[]");
}

char *image_command_text(const struct image_config *c)
{
	struct strbuf text = STRBUF_INIT;

	add_list(&text, "Entrypoint", &c->entrypoint);
	add_list(&text, "Cmd", &c->cmd);
	if (c->ports.n > 0)
		add_list(&text, "ExposedPorts", &c->ports);
	return strbuf_detach(&text);
}
