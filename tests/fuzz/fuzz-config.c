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
