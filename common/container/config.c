/* SPDX-License-Identifier: MIT */
#include "container/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "container/value.h"

#define FILE_MAX (1024 * 1024)

static const char section[] = "sdme";
static const char distro_prefix[] = "distros.";

enum kind {
	KIND_BOOL,
	KIND_NUMBER,
	KIND_SIZE, /* bytes, as parse_size() takes them */
	KIND_STRING,
	KIND_LIST, /* comma-separated */
};

static const char *check_output_format(const char *value)
{
	return *value && check_choice(value, "json json-pretty") ? "must be empty, json or json-pretty" : NULL;
}

static const char *check_path_or_empty(const char *value)
{
	return *value ? check_absolute_path(value) : NULL;
}

static const char *check_size_or_none(const char *value)
{
	uint64_t bytes;

	return parse_size(value, &bytes) < 0 ? "must be a size such as 512M or 10G, or 0" : NULL;
}

struct key {
	const char *name;
	enum kind kind;
	const char *value; /* the default */
	size_t offset;
	value_check check; /* of the value, or of each item of a list */
	char *(*normal)(const char *value);
};

#define KEY(name, kind, value, ...) { #name, kind, value, offsetof(struct config, name), __VA_ARGS__ }

static const struct key keys[] = {
	KEY(interactive, KIND_BOOL, "yes", check_boolean, normal_boolean),
	KEY(datadir, KIND_STRING, "/var/lib/sdme", check_absolute_path, normal_path),
	KEY(boot_timeout, KIND_NUMBER, "60", check_positive),
	KEY(join_as_sudo_user, KIND_BOOL, "yes", check_boolean, normal_boolean),
	KEY(host_rootfs_opaque_dirs, KIND_LIST, "/etc/systemd/system,/var/log", check_absolute_path,
	    normal_path),
	KEY(hardened_drop_caps, KIND_LIST, "CAP_SYS_PTRACE,CAP_NET_RAW,CAP_SYS_RAWIO,CAP_SYS_BOOT",
	    check_capability, normal_capability),
	KEY(default_output_format, KIND_STRING, "", check_output_format),
	KEY(tasks_max, KIND_NUMBER, "16384", check_positive),
	KEY(stop_timeout_graceful, KIND_NUMBER, "90", check_positive),
	KEY(stop_timeout_terminate, KIND_NUMBER, "30", check_positive),
	KEY(stop_timeout_kill, KIND_NUMBER, "15", check_positive),
	KEY(restart_sec, KIND_NUMBER, "2", check_positive),
	KEY(auto_fs_gc, KIND_BOOL, "yes", check_boolean, normal_boolean),
	KEY(oci_cache_dir, KIND_STRING, "", check_path_or_empty, normal_path),
	KEY(oci_cache_max_size, KIND_SIZE, "10G", check_size_or_none),
	KEY(default_create_masked_services, KIND_LIST, "systemd-resolved.service", check_unit,
	    normal_unit),
};

static void *field(const struct config *c, const struct key *key)
{
	return (char *)(uintptr_t)c + key->offset;
}

/* --- one value ---------------------------------------------------------------------------- */

const char *config_key(unsigned i)
{
	return i < ARRAY_SIZE(keys) ? keys[i].name : NULL;
}

const char *config_default(unsigned i)
{
	return keys[i].value;
}

int config_find(const char *key)
{
	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		if (streq(keys[i].name, key))
			return (int)i;
	}
	return -ENOENT;
}

/* They would not come back from the file. */
static bool ends_in_blanks(const char *value)
{
	return *value && (strchr(" \t", value[0]) || strchr(" \t", value[strlen(value) - 1]));
}

static char *check_item(const struct key *key, const char *value, const char **ret_wrong)
{
	cleanup_free char *normal = key->normal && *value ? key->normal(value) : xstrdup(value);

	*ret_wrong = ends_in_blanks(normal) ? "cannot begin or end with a blank" : key->check(normal);
	return *ret_wrong ? NULL : TAKE_PTR(normal);
}

static char *check_list(const struct key *key, const char *value, const char **ret_wrong)
{
	cleanup_strv struct strv items = STRV_INIT, good = STRV_INIT;

	list_parse(&items, value, ',');
	STRV_FOREACH(item, &items) {
		char *normal = check_item(key, item + strspn(item, " \t"), ret_wrong);

		if (!normal)
			return NULL;
		strv_add_owned(&good, normal);
	}
	return list_format(&good, ',');
}

char *config_check(unsigned i, const char *value, const char **ret_wrong)
{
	const struct key *key = &keys[i];

	if (key->kind == KIND_LIST)
		return check_list(key, value, ret_wrong);
	return check_item(key, value, ret_wrong);
}

/* Store a checked value. */
static void store(struct config *c, const struct key *key, const char *value)
{
	switch (key->kind) {
	case KIND_BOOL:
		(void)parse_bool(value, field(c, key));
		break;
	case KIND_NUMBER:
		(void)parse_u64(value, 0, UINT64_MAX, field(c, key));
		break;
	case KIND_SIZE:
		(void)parse_size(value, field(c, key));
		break;
	case KIND_STRING:
		replace_str(field(c, key), value);
		break;
	case KIND_LIST:
		strv_done(field(c, key));
		list_parse(field(c, key), value, ',');
		break;
	}
}

/* In the largest unit that gives a whole number. */
static char *size_value(uint64_t bytes)
{
	static const char units[] = "BKMGT";
	size_t i = 0;

	while (bytes > 0 && bytes % 1024 == 0 && units[i + 1]) {
		bytes /= 1024;
		i++;
	}
	return i == 0 ? xasprintf("%llu", (unsigned long long)bytes)
		      : xasprintf("%llu%c", (unsigned long long)bytes, units[i]);
}

char *config_value(const struct config *c, unsigned i)
{
	const struct key *key = &keys[i];
	const void *value = field(c, key);

	switch (key->kind) {
	case KIND_BOOL:
		return xstrdup(*(const bool *)value ? "yes" : "no");
	case KIND_NUMBER:
		return xasprintf("%llu", (unsigned long long)*(const uint64_t *)value);
	case KIND_SIZE:
		return size_value(*(const uint64_t *)value);
	case KIND_STRING:
		return xstrdup(*(char *const *)value);
	case KIND_LIST:
		break;
	}
	return list_format(value, ',');
}

void config_init(struct config *c)
{
	*c = (struct config){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		store(c, &keys[i], keys[i].value);
}

void config_done(struct config *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].kind == KIND_STRING)
			replace_str(field(c, &keys[i]), NULL);
		else if (keys[i].kind == KIND_LIST)
			strv_done(field(c, &keys[i]));
	}
	for (enum family f = FAMILY_UNKNOWN; f < FAMILY_N; f++)
		strv_done(&c->distros[f].import_prehook);
	replace_str(&c->path, NULL);
}

/* --- lines -------------------------------------------------------------------------------- */

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	for (n = strlen(s); n > 0 && strchr(" \t\r", s[n - 1]);)
		s[--n] = '\0';
	return s;
}

enum line_kind {
	LINE_OTHER, /* empty, comment */
	LINE_SECTION,
	LINE_PAIR,
	LINE_WRONG,
};

struct line {
	enum line_kind kind;
	char *text; /* the line; key and value point into it */
	char *key, *value;
};

static void split_line(struct line *l, const char *start, size_t n)
{
	char *s, *equals;

	l->text = xstrndup(start, n);
	s = trim(l->text);
	if (!*s || *s == '#' || *s == ';') {
		l->kind = LINE_OTHER;
		return;
	}
	if (*s == '[' && s[strlen(s) - 1] == ']') {
		l->kind = LINE_SECTION;
		l->key = s + 1;
		s[strlen(s) - 1] = '\0';
		return;
	}
	equals = strchr(s, '=');
	l->kind = equals && equals > s ? LINE_PAIR : LINE_WRONG;
	if (l->kind == LINE_WRONG)
		return;
	*equals = '\0';
	l->key = trim(s);
	l->value = trim(equals + 1);
}

static int parse_pair(struct config *c, const struct line *l, char **ret_message)
{
	const char *wrong;
	cleanup_free char *value = NULL;
	int i = config_find(l->key);

	if (i < 0)
		return 0;
	value = config_check((unsigned)i, l->value, &wrong);
	if (!value) {
		*ret_message = xasprintf("%s=%s: %s", l->key, l->value, wrong);
		return -EINVAL;
	}
	store(c, &keys[i], value);
	return 0;
}

/* A key of [distros.FAMILY]. */
static void parse_distro_pair(struct config_distro *distro, const struct line *l)
{
	if (!streq(l->key, "import_prehook"))
		return;
	distro->has_import_prehook = true;
	if (*l->value)
		strv_add(&distro->import_prehook, l->value);
	else
		strv_done(&distro->import_prehook);
}

/* The distribution whose section this is, or NULL. */
static struct config_distro *find_distro(struct config *c, const char *name)
{
	const char *word = after_prefix(name, distro_prefix);
	enum family family = word ? family_find(word) : FAMILY_N;

	return family < FAMILY_N ? &c->distros[family] : NULL;
}

int config_parse(struct config *c, const char *text, char **ret_message)
{
	bool ours = true; /* lines in front of the first section are ours, too */
	struct config_distro *distro = NULL;

	for (unsigned number = 1; *text; number++) {
		size_t n = strcspn(text, "\n");
		struct line l = { 0 };
		int r = 0;

		split_line(&l, text, n);
		if (l.kind == LINE_SECTION) {
			ours = streq(l.key, section);
			distro = find_distro(c, l.key);
		} else if (l.kind == LINE_WRONG)
			*ret_message = xasprintf("line %u is no section, Key=Value or comment", number);
		else if (l.kind == LINE_PAIR && ours)
			r = parse_pair(c, &l, ret_message);
		else if (l.kind == LINE_PAIR && distro)
			parse_distro_pair(distro, &l);
		free(l.text);
		if (r < 0 || l.kind == LINE_WRONG)
			return -EINVAL;
		text += n + (text[n] == '\n');
	}
	return 0;
}

/* --- files -------------------------------------------------------------------------------- */

static int load_file(struct config *c, const char *path, bool must_exist)
{
	cleanup_free char *text = NULL, *message = NULL;
	int r = read_file_at(AT_FDCWD, path, FILE_MAX, &text);

	if (r == -ENOENT && !must_exist)
		return 0;
	if (r == -EACCES && geteuid() != 0)
		return log_error_code(r, "only root may read the configuration '%s', try it with sudo", path);
	if (r < 0)
		return log_error_errno(r, "cannot read the configuration '%s'", path);
	r = config_parse(c, text, &message);
	if (r < 0)
		return log_error_code(r, "the configuration '%s' is wrong: %s", path, message);
	log_debug("read the configuration '%s'", path);
	return 0;
}

static int load_drop_ins(struct config *c, const char *path)
{
	cleanup_free char *dir_path = xasprintf("%s.d", path);
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_closedir DIR *dir = opendir(dir_path);
	struct dirent *e;

	if (!dir)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : log_error_errno(-errno, "cannot read '%s'", dir_path);
	while ((e = readdir(dir))) {
		if (e->d_name[0] != '.' && has_suffix(e->d_name, ".conf"))
			strv_add(&names, e->d_name);
	}
	strv_sort(&names);
	STRV_FOREACH(name, &names) {
		cleanup_free char *file = xasprintf("%s/%s", dir_path, name);
		int r = load_file(c, file, true);

		if (r < 0)
			return r;
	}
	return 0;
}

int config_load(const char *path, struct config *ret)
{
	struct config c;
	int r;

	config_init(&c);
	c.path = xstrdup(path ? path : CONFIG_PATH);
	r = load_file(&c, c.path, path != NULL);
	if (r >= 0)
		r = load_drop_ins(&c, c.path);
	if (r < 0) {
		config_done(&c);
		return r;
	}
	log_debug("configuration '%s', data directory '%s'", c.path, c.datadir);
	*ret = c;
	return 0;
}

/* The text with the key set or removed: lines of the key in our section go, the new one takes the
 * place of the first, else the end of the first stretch of our section, else a new section. */
static char *edit_text(const char *text, const char *key, const char *value)
{
	cleanup_strv struct strv lines = STRV_INIT;
	struct strbuf out = STRBUF_INIT;
	bool ours = true, seen_section = false, done = !value;

	while (*text) {
		size_t n = strcspn(text, "\n");
		struct line l = { 0 };
		bool drop = false;

		split_line(&l, text, n);
		if (l.kind == LINE_SECTION) {
			if (ours && seen_section && !done) {
				strv_addf(&lines, "%s=%s", key, value);
				done = true;
			}
			ours = streq(l.key, section);
			seen_section |= ours;
		} else if (l.kind == LINE_PAIR && ours && streq(l.key, key)) {
			drop = true;
			if (!done)
				strv_addf(&lines, "%s=%s", key, value);
			done = true;
		}
		if (!drop)
			strv_add_owned(&lines, xstrndup(text, n));
		free(l.text);
		text += n + (text[n] == '\n');
	}
	if (!done && !(ours && seen_section))
		strv_addf(&lines, "[%s]", section);
	if (!done)
		strv_addf(&lines, "%s=%s", key, value);
	STRV_FOREACH(line, &lines)
		strbuf_addf(&out, "%s\n", line);
	return strbuf_detach(&out);
}

int config_edit(const char *path, const char *key, const char *value)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	cleanup_free char *dir = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	cleanup_free char *text = NULL, *edited = NULL;
	cleanup_close int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r = dir_fd < 0 ? -errno : read_file_at(dir_fd, name, FILE_MAX, &text);

	if (r < 0 && (r != -ENOENT || dir_fd < 0))
		return log_error_errno(r, "cannot read the configuration '%s'", path);
	remove_stale_temps(dir_fd, name);
	edited = edit_text(text ? text : "", key, value);
	/* It may come to hold credentials: only root reads a file that we make. */
	r = write_file_atomic_at(dir_fd, name, edited,
				 text && fstatat(dir_fd, name, &st, 0) == 0 ? st.st_mode & 07777 : 0600,
				 0);
	if (r < 0)
		return log_error_errno(r, "cannot write the configuration '%s'", path);
	return 0;
}
