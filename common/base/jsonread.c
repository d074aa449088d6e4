/* SPDX-License-Identifier: MIT */
#include "base/jsonread.h"

#include <errno.h>
#include <string.h>

/* Whether what a parser would build of this is within bounds; that it is JSON is for the parser to say. */
static int check_bounds(const char *text, size_t len, char **ret_message)
{
	size_t depth = 0, values = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\') {
			i++; /* outside of a string, the parser stops here */
			continue;
		}
		if (text[i] == '"')
			in_string = !in_string;
		if (in_string || !text[i] || !strchr("[]{},:", text[i]))
			continue;
		if (text[i] == ']' || text[i] == '}') {
			depth -= depth > 0;
			continue;
		}
		depth += text[i] == '[' || text[i] == '{';
		values++;
		if (depth > JSON_DEPTH_MAX)
			return message_set(ret_message, -EINVAL,
					   "it is nested deeper than %d levels", JSON_DEPTH_MAX);
		if (values > JSON_VALUES_MAX)
			return message_set(ret_message, -E2BIG, "it has more than %d values",
					   JSON_VALUES_MAX);
	}
	return 0;
}

int json_read(const char *text, size_t len, size_t max, json_t **ret, char **ret_message)
{
	json_error_t error;
	int r;

	if (len > max)
		return message_set(ret_message, -E2BIG, "it has more than %zu bytes", max);
	r = check_bounds(text, len, ret_message);
	if (r < 0)
		return r;
	*ret = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!*ret)
		return message_set(ret_message, -EINVAL, "line %d: %s", error.line, error.text);
	return 0;
}

static const char *type_text(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a whole number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		break;
	}
	return "null";
}

int json_get(const json_t *object, const char *name, json_type type, json_t **ret,
	     char **ret_message)
{
	json_t *value = json_object_get(object, name);
	json_type got = value ? json_typeof(value) : JSON_NULL;

	*ret = NULL;
	if (got == JSON_NULL)
		return 0;
	if (got != type && !(type == JSON_TRUE && got == JSON_FALSE))
		return message_set(ret_message, -EINVAL, "'%s' is not %s", name, type_text(type));
	*ret = value;
	return 0;
}

int json_get_string(const json_t *object, const char *name, const char **ret, char **ret_message)
{
	json_t *value;
	int r = json_get(object, name, JSON_STRING, &value, ret_message);

	*ret = value ? json_string_value(value) : NULL;
	return r;
}

int json_get_integer(const json_t *object, const char *name, uint64_t *ret, char **ret_message)
{
	json_int_t number;
	json_t *value;
	int r = json_get(object, name, JSON_INTEGER, &value, ret_message);

	if (r < 0 || !value)
		return r;
	number = json_integer_value(value);
	if (number < 0 || (uint64_t)number > JSON_INTEGER_MAX)
		return message_set(ret_message, -ERANGE, "'%s' is out of range", name);
	*ret = (uint64_t)number;
	return 0;
}

int json_get_strv(const json_t *object, const char *name, size_t n_max, size_t len_max,
		  struct strv *list, char **ret_message)
{
	json_t *array;
	int r = json_get(object, name, JSON_ARRAY, &array, ret_message);

	if (r < 0 || !array)
		return r;
	if (json_array_size(array) > n_max)
		return message_set(ret_message, -E2BIG, "'%s' has more than %zu entries", name,
				   n_max);
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *s = json_string_value(json_array_get(array, i));

		if (!s)
			return message_set(ret_message, -EINVAL,
					   "'%s' has an entry that is no string", name);
		if (strlen(s) > len_max)
			return message_set(ret_message, -E2BIG,
					   "'%s' has an entry of more than %zu bytes", name,
					   len_max);
		strv_add(list, s);
	}
	return 0;
}
