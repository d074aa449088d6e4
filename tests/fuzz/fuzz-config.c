/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/strbuf.h"
#include "container/config.h"

static void check_value(const struct config *c, unsigned i, struct strbuf *text)
{
	cleanup_free char *value = config_value(c, i), *checked = NULL;
	const char *wrong;

	PROPERTY(!strpbrk(value, "\r\n"));
	checked = config_check(i, value, &wrong);
	PROPERTY(checked && streq(checked, value));
	strbuf_addf(text, "%s=%s\n", config_key(i), value);
}

/* A key of a section is found by its whole name, and its value is one that can be set. */
static void check_registry_key(const struct config *c, const char *registry, const char *key)
{
	cleanup_config_place struct config_place p = { .section = NULL };
	cleanup_free char *name = xasprintf("registries.%s.%s", registry, key), *value = NULL,
			  *checked = NULL;
	const char *wrong;

	PROPERTY(config_place_find(name, &p) == 0);
	value = config_place_value(c, &p);
	PROPERTY(!strpbrk(value, "\r\n"));
	checked = config_place_check(&p, value, &wrong);
	PROPERTY(checked && streq(checked, value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = input_text(data, size), *message = NULL;
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	cleanup_config struct config c, again;

	config_init(&c);
	config_init(&again);
	if (!text)
		return 0;
	if (config_parse(&c, text, &message) < 0) {
		PROPERTY(message);
		return 0;
	}
	for (size_t i = 0; i < c.n_registries; i++) {
		for (unsigned k = 0; config_registry_key(k); k++)
			check_registry_key(&c, c.registries[i].name, config_registry_key(k));
	}
	strbuf_add_str(&out, "[sdme]\n");
	for (unsigned i = 0; config_key(i); i++)
		check_value(&c, i, &out);
	PROPERTY(config_parse(&again, out.buf, &message) == 0);
	for (unsigned i = 0; config_key(i); i++) {
		cleanup_free char *a = config_value(&c, i), *b = config_value(&again, i);

		PROPERTY(streq(a, b));
	}
	return 0;
}
