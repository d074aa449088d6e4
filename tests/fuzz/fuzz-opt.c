/* SPDX-License-Identifier: MIT */
/* The input is argv, NUL-separated; its first byte says which operand ends the options. */
#include "fuzz.h"

#include "base/opt.h"
#include "base/strbuf.h"

enum { WORDS_MAX = 64 };

static bool arg_flag, arg_other;
static const char *arg_value;
static struct strv arg_list;

static int refuse_some(const char *value, void *data)
{
	(void)data;
	return *value == '!' ? -1 : 0;
}

static const struct opt opts[] = {
	OPT_GROUP("Group"),
	OPT_FLAG('f', "flag", &arg_flag, "A flag"),
	OPT_FLAG(0, "other", &arg_other, "Another"),
	OPT_STR('v', "value", "X", &arg_value, "A value"),
	OPT_LIST('l', "list", "X", &arg_list, "A list"),
	OPT_CALL('c', "call", "X", refuse_some, NULL, "A call"),
	OPT_END,
};
static const struct opt *const tables[] = { opts, NULL };

/* Operands are words of argv, in order. */
static void check_operands(const struct strv *operands, char *const *argv, int argc)
{
	int i = 1;

	STRV_FOREACH(word, operands) {
		while (i < argc && !streq(argv[i], word))
			i++;
		PROPERTY(i < argc);
		i++;
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	discard_messages();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "fuzz";
	cleanup_free char *words = NULL;
	cleanup_strv struct strv operands = STRV_INIT;
	char *argv[WORDS_MAX + 2] = { name };
	int argc = 1, dashes, r;

	if (size < 1)
		return 0;
	words = xmalloc(size);
	memcpy(words, data + 1, size - 1);
	words[size - 1] = '\0';
	for (char *p = words; p < words + size && argc <= WORDS_MAX; p += strlen(p) + 1)
		argv[argc++] = p;
	arg_value = NULL;
	r = opt_parse(tables, argc, argv, data[0] % 4, &operands, &dashes);
	if (r >= 0) {
		PROPERTY(dashes >= -1 && dashes <= (int)operands.n);
		check_operands(&operands, argv, argc);
	}
	strv_done(&arg_list);
	return 0;
}
