/* SPDX-License-Identifier: MIT */
#include "base/kvfile.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

/* The index of the key, or of the place where it belongs. */
static size_t find(const struct kvfile *kv, const char *key, int *ret_found)
{
	size_t low = 0, high = kv->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(kv->pairs[middle].key, key);

		if (order == 0) {
			*ret_found = 1;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_found = 0;
	return low;
}

static int parse_line(struct kvfile *kv, char *line)
{
	static const char blanks[] = " \t\r";
	size_t len;
	char *equals;

	line += strspn(line, blanks);
	for (len = strlen(line); len > 0 && strchr(blanks, line[len - 1]);)
		line[--len] = '\0';
	if (!*line)
		return 0;
	equals = strchr(line, '=');
	if (!equals || equals == line)
		return -EINVAL;
	*equals = '\0';
	if (kvfile_get(kv, line))
		return -EINVAL;
	kvfile_set(kv, line, equals + 1);
	return 0;
}

int kvfile_parse(struct kvfile *kv, const char *text, unsigned *ret_line)
{
	for (unsigned number = 1; *text; number++) {
		size_t n = strcspn(text, "\n");
		cleanup_free char *line = xstrndup(text, n);

		if (parse_line(kv, line) < 0) {
			*ret_line = number;
			return -EINVAL;
		}
		text += n + (text[n] == '\n');
	}
	return 0;
}

char *kvfile_format(const struct kvfile *kv)
{
	struct strbuf s = STRBUF_INIT;

	for (size_t i = 0; i < kv->n; i++)
		strbuf_addf(&s, "%s=%s\n", kv->pairs[i].key, kv->pairs[i].value);
	return strbuf_detach(&s);
}

const char *kvfile_get(const struct kvfile *kv, const char *key)
{
	int found;
	size_t i = find(kv, key, &found);

	return found ? kv->pairs[i].value : NULL;
}

static void insert(struct kvfile *kv, size_t i, const char *key, const char *value)
{
	kv->pairs = xreallocarray(kv->pairs, kv->n + 1, sizeof(*kv->pairs));
	memmove(kv->pairs + i + 1, kv->pairs + i, (kv->n - i) * sizeof(*kv->pairs));
	kv->pairs[i] = (struct kv_pair){ xstrdup(key), xstrdup(value) };
	kv->n++;
}

static void remove_at(struct kvfile *kv, size_t i)
{
	free(kv->pairs[i].key);
	free(kv->pairs[i].value);
	memmove(kv->pairs + i, kv->pairs + i + 1, (kv->n - i - 1) * sizeof(*kv->pairs));
	kv->n--;
}

void kvfile_set(struct kvfile *kv, const char *key, const char *value)
{
	int found;
	size_t i = find(kv, key, &found);

	assert(!value || !strchr(value, '\n'));
	if (found && value)
		replace_str(&kv->pairs[i].value, value);
	else if (found)
		remove_at(kv, i);
	else if (value)
		insert(kv, i, key, value);
}

void kvfile_done(struct kvfile *kv)
{
	for (size_t i = 0; i < kv->n; i++) {
		free(kv->pairs[i].key);
		free(kv->pairs[i].value);
	}
	free(kv->pairs);
	*kv = (struct kvfile)KVFILE_INIT;
}
