/* SPDX-License-Identifier: MIT */
#include "base/opt.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"

#define OPT_FOREACH(o, tables)                                                \
	for (const struct opt *const *table_ = (tables); *table_; table_++)   \
		for (const struct opt *o = *table_; o->type != OPT_TYPE_END; o++)

static bool takes_value(const struct opt *o)
{
	return o->type != OPT_TYPE_FLAG;
}

static const struct opt *find_long(const struct opt *const *tables, const char *name, size_t n)
{
	OPT_FOREACH(o, tables) {
		if (o->long_name && strlen(o->long_name) == n && strncmp(o->long_name, name, n) == 0)
			return o;
	}
	return NULL;
}

static const struct opt *find_short(const struct opt *const *tables, char c)
{
	OPT_FOREACH(o, tables) {
		if (o->short_name && o->short_name == c)
			return o;
	}
	return NULL;
}

/* --- "did you mean" ----------------------------------------------------------------------- */

#define NAME_MAX_LEN 48

/* Levenshtein's distance; names longer than any of ours are infinitely far. */
static unsigned distance(const char *a, size_t n, const char *b)
{
	unsigned row[NAME_MAX_LEN + 1];
	size_t m = strlen(b);

	if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
		return ~0U;
	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[m];
}

static int unknown_long(const struct opt *const *tables, const char *name, size_t n)
{
	const char *closest = NULL;
	unsigned best = 3; /* farther than two typing errors is no suggestion */

	OPT_FOREACH(o, tables) {
		unsigned d = o->long_name && !o->hidden ? distance(name, n, o->long_name) : ~0U;

		if (d < best) {
			best = d;
			closest = o->long_name;
		}
	}
	if (closest)
		return log_error_code(-EINVAL, "unknown option '--%.*s', did you mean '--%s'?", (int)n,
				      name, closest);
	return log_error_code(-EINVAL, "unknown option '--%.*s'", (int)n, name);
}

/* --- parsing ------------------------------------------------------------------------------ */

struct parser {
	const struct opt *const *tables;
	int argc, next;
	char *const *argv;
};

static int store(const struct opt *o, const char *value)
{
	switch (o->type) {
	case OPT_TYPE_FLAG:
		*o->dest.flag = true;
		return 0;
	case OPT_TYPE_STR:
		*o->dest.str = value;
		return 0;
	case OPT_TYPE_LIST:
		strv_add(o->dest.list, value);
		return 0;
	case OPT_TYPE_CALL:
		return o->dest.call(value, o->data);
	case OPT_TYPE_GROUP:
	case OPT_TYPE_END:
		break;
	}
	return -EINVAL;
}

static int parse_long(struct parser *p, const char *word)
{
	size_t n = strcspn(word, "=");
	const struct opt *o = find_long(p->tables, word, n);

	if (!o)
		return unknown_long(p->tables, word, n);
	if (!takes_value(o)) {
		if (word[n] == '=')
			return log_error_code(-EINVAL, "option '--%s' takes no value", o->long_name);
		return store(o, NULL);
	}
	if (word[n] == '=')
		return store(o, word + n + 1);
	if (p->next >= p->argc)
		return log_error_code(-EINVAL, "option '--%s' needs a value: %s", o->long_name,
				      o->metavar);
	return store(o, p->argv[p->next++]);
}

static int parse_short(struct parser *p, const char *word)
{
	for (; *word; word++) {
		const struct opt *o = find_short(p->tables, *word);
		int r;

		if (!o)
			return log_error_code(-EINVAL, "unknown option '-%c'", *word);
		if (takes_value(o)) {
			if (word[1])
				return store(o, word + 1);
			if (p->next >= p->argc)
				return log_error_code(-EINVAL, "option '-%c' needs a value: %s", *word,
						      o->metavar);
			return store(o, p->argv[p->next++]);
		}
		r = store(o, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

int opt_parse(const struct opt *const *tables, int argc, char *const *argv, int options_until,
	      struct strv *operands, int *ret_dashes)
{
	struct parser p = { .tables = tables, .argc = argc, .next = 1, .argv = argv };
	bool options = true;

	*ret_dashes = -1;
	while (p.next < argc) {
		const char *word = argv[p.next++];
		int r = 0;

		if (!options || word[0] != '-' || !word[1]) {
			strv_add(operands, word);
			if (options_until > 0 && operands->n >= (size_t)options_until)
				options = false;
		} else if (streq(word, "--")) {
			*ret_dashes = (int)operands->n;
			options = false;
		} else if (word[1] == '-') {
			r = parse_long(&p, word + 2);
		} else {
			r = parse_short(&p, word + 1);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- help --------------------------------------------------------------------------------- */

static char *help_label(const struct opt *o)
{
	struct strbuf s = STRBUF_INIT;

	if (o->short_name)
		strbuf_addf(&s, "  -%c, ", o->short_name);
	else
		strbuf_add_str(&s, "      ");
	strbuf_addf(&s, "--%s", o->long_name);
	if (o->metavar)
		strbuf_addf(&s, "=%s", o->metavar);
	return strbuf_detach(&s);
}

enum { HELP_COLUMN = 30, HELP_WIDTH = 80 };

/* Words of text, wrapped between the help column and the right margin. */
static void print_wrapped(const char *text, FILE *f)
{
	size_t column = HELP_COLUMN;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (column + n > HELP_WIDTH - 1) {
			fprintf(f, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		fprintf(f, "%.*s", (int)n, text);
		column += n;
		text += n;
		if (*text == ' ') {
			text++;
			if (column + strcspn(text, " ") < HELP_WIDTH - 1)
				fputc(' ', f);
			column++;
		}
	}
	fputc('\n', f);
}

void opt_print_help(const struct opt *const *tables, FILE *f)
{
	OPT_FOREACH(o, tables) {
		cleanup_free char *label = NULL;

		if (o->hidden)
			continue;
		if (o->type == OPT_TYPE_GROUP) {
			fprintf(f, "\n%s:\n", o->help);
			continue;
		}
		label = help_label(o);
		if (strlen(label) + 2 > HELP_COLUMN)
			fprintf(f, "%s\n%*s", label, HELP_COLUMN, "");
		else
			fprintf(f, "%-*s", HELP_COLUMN, label);
		print_wrapped(o->help, f);
	}
}

/* --- the dump for generators -------------------------------------------------------------- */

const char *words_name(enum words words)
{
	switch (words) {
	case WORDS_FILE:
		return "file";
	case WORDS_DIR:
		return "dir";
	case WORDS_CONTAINER:
		return "container";
	case WORDS_ROOTFS:
		return "rootfs";
	case WORDS_POD:
		return "pod";
	case WORDS_CONFIG_KEY:
		return "config-key";
	case WORDS_SHELL:
		return "shell";
	case WORDS_COMMAND:
		return "command";
	case WORDS_USER:
		return "user";
	case WORDS_NONE:
		break;
	}
	return "-";
}

void opt_dump(const struct opt *const *tables, FILE *f)
{
	OPT_FOREACH(o, tables) {
		if (o->hidden)
			continue;
		if (o->type == OPT_TYPE_GROUP) {
			fprintf(f, "group\t%s\n", o->help);
			continue;
		}
		fprintf(f, "option\t%c\t%s\t%s\t%s\t%s\t%s\t%s\n", o->short_name ? o->short_name : '-',
			o->long_name, o->metavar ? o->metavar : "-", words_name(o->words),
			o->choices ? o->choices : "-",
			o->type == OPT_TYPE_LIST || o->repeats ? "repeats" : "-", o->help);
	}
}

/* --- checks of the tables ----------------------------------------------------------------- */

static bool is_duplicate(const struct opt *const *tables, const struct opt *other)
{
	unsigned n = 0;

	OPT_FOREACH(o, tables) {
		n += o->type != OPT_TYPE_GROUP &&
		     (streq(o->long_name, other->long_name) ||
		      (o->short_name && o->short_name == other->short_name));
	}
	return n > 1;
}

static const char *check_one(const struct opt *const *tables, const struct opt *o)
{
	size_t n = o->help ? strlen(o->help) : 0;

	if (n == 0)
		return "an option or group has no help";
	if (o->type == OPT_TYPE_GROUP)
		return NULL;
	if (!o->long_name || strlen(o->long_name) > NAME_MAX_LEN)
		return "an option has no long name, or too long a one";
	if (n > 60 || o->help[n - 1] == '.')
		return "help is longer than 60 characters or ends in a full stop";
	if ((o->type == OPT_TYPE_FLAG) != !o->metavar)
		return "a flag has a metavar, or another option has none";
	if (!o->dest.flag)
		return "an option has no destination";
	if (is_duplicate(tables, o))
		return "two options have one name";
	return NULL;
}

const char *opt_check(const struct opt *const *tables)
{
	OPT_FOREACH(o, tables) {
		const char *wrong = check_one(tables, o);

		if (wrong)
			return wrong;
	}
	return NULL;
}
