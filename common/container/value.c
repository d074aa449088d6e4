/* SPDX-License-Identifier: MIT */
#include "container/value.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/cleanup.h"
#include "base/hostport.h"
#include "base/parse.h"
#include "base/strbuf.h"

/* Byte classes by ASCII, whatever the locale. */
static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool only_alnum_and(const char *s, const char *others)
{
	for (; *s; s++) {
		if (!is_alnum(*s) && !strchr(others, *s))
			return false;
	}
	return true;
}

static bool has_control(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	}
	return false;
}

/* --- names and words ---------------------------------------------------------------------- */

const char *check_name(const char *value)
{
	if (!*value)
		return "a name cannot be empty";
	if (!is_lower(*value))
		return "a name must start with a lowercase letter";
	for (const char *p = value; *p; p++) {
		if (!is_lower(*p) && !is_digit(*p) && *p != '-')
			return "a name may only contain lowercase letters, digits, and hyphens";
	}
	/* It becomes a host name, and that of a machine: hostname(7). */
	if (value[strlen(value) - 1] == '-')
		return "a name cannot end in a hyphen";
	return strlen(value) > 64 ? "a name may have at most 64 characters" : NULL;
}

const char *check_name_or_empty(const char *value)
{
	return *value ? check_name(value) : NULL;
}

const char *check_choice(const char *value, const char *choices)
{
	size_t n = strlen(value);

	for (const char *p = choices; n > 0 && (p = strstr(p, value)); p++) {
		if ((p == choices || p[-1] == ' ') && (p[n] == ' ' || !p[n]) && !strchr(value, ' '))
			return NULL;
	}
	return "not one of the words that are possible here";
}

const char *check_boolean(const char *value)
{
	bool b;

	return parse_bool(value, &b) < 0 ? "must be yes or no" : NULL;
}

const char *check_log_level(const char *value)
{
	return check_choice(value, "emerg alert crit err warning notice info")
		       ? "must be emerg, alert, crit, err, warning, notice or info (debug makes systemd-nspawn 252 abort)"
		       : NULL;
}

const char *check_app_restart(const char *value)
{
	const char *most = after_prefix(value, "on-failure:");
	uint64_t n;

	if (most)
		return parse_u64(most, 1, APP_RESTARTS_MAX, &n) < 0 ? "has no number of restarts after the colon" : NULL;
	return check_choice(value, "no on-failure always unless-stopped") ?
		       "must be no, on-failure[:N], always or unless-stopped" : NULL;
}

const char *check_app_env(const char *value)
{
	size_t n = strcspn(value, ":=");
	cleanup_free char *app = xstrndup(value, n);
	const char *wrong = value[n] == ':' ? check_name(app) : NULL;

	return wrong ? wrong : check_env(value[n] == ':' ? value + n + 1 : value);
}

const char *check_restart_policy(const char *value)
{
	return check_choice(value, "no on-failure") ? "must be no or on-failure" : NULL;
}

/* --- numbers ------------------------------------------------------------------------------ */

const char *check_number(const char *value)
{
	uint64_t n;

	return parse_u64(value, 0, INT64_MAX, &n) < 0 ? "must be a whole number" : NULL;
}

const char *check_positive(const char *value)
{
	uint64_t n;

	/* At most what microseconds since the epoch can hold, so that times never overflow. */
	return parse_u64(value, 1, INT32_MAX, &n) < 0 ? "must be a whole number greater than 0" : NULL;
}

/* As docker's: with less nothing runs, and somebody forgot the unit. */
#define MEMORY_MIN (6 * 1024 * 1024)

const char *check_memory(const char *value)
{
	uint64_t bytes;
	int r = parse_size(value, &bytes);

	if (r == -ERANGE)
		return "is too large";
	if (r < 0)
		return "must be a number of bytes, or one with K, M, G or T behind it";
	return bytes < MEMORY_MIN ? "must be at least 6M (K, M, G and T are units; without one it is bytes)" : NULL;
}

const char *check_cpus(const char *value)
{
	uint64_t hundredths;

	return parse_hundredths(value, &hundredths) < 0
		       ? "must be a number of processors such as 2 or 0.5, at least 0.01"
		       : NULL;
}

const char *check_cpu_weight(const char *value)
{
	uint64_t weight;

	return parse_u64(value, 1, 10000, &weight) < 0 ? "must be a whole number from 1 to 10000" : NULL;
}

/* --- paths, environment, mounts ----------------------------------------------------------- */

static bool has_dotdot(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p++) {
		if ((p == path || p[-1] == '/') && (p[2] == '/' || !p[2]))
			return true;
	}
	return false;
}

const char *check_absolute_path(const char *value)
{
	if (!*value)
		return "cannot be empty";
	if (*value != '/')
		return "must be an absolute path";
	if (has_dotdot(value))
		return "must not contain '..'";
	return has_control(value) ? "must not contain control characters" : NULL;
}

const char *check_text(const char *value)
{
	return has_control(value) ? "must not contain control characters" : NULL;
}

const char *check_env(const char *value)
{
	const char *equals = strchr(value, '=');

	if (!equals)
		return "must be KEY=VALUE";
	if (equals == value || is_digit(*value))
		return "must be KEY=VALUE, where KEY starts with a letter or '_'";
	for (const char *p = value; p < equals; p++) {
		if (!is_alnum(*p) && *p != '_')
			return "must be KEY=VALUE, where KEY has only letters, digits and '_'";
	}
	return NULL;
}

const char *check_bind(const char *value)
{
	static const char wrong[] = "must be HOST:CONTAINER[:ro], two absolute paths without ':'";
	cleanup_strv struct strv parts = STRV_INIT;

	strv_split(&parts, value, ':');
	/* Without a second path, the mode stands in its place. */
	if (parts.n < 2 || parts.n > 3 || (parts.n == 2 && !check_choice(parts.v[1], "ro rw")))
		return wrong;
	if (parts.n == 3 && check_choice(parts.v[2], "ro rw"))
		return "must end in ':ro' or ':rw' or no mode";
	if (check_absolute_path(parts.v[0]))
		return check_absolute_path(parts.v[0]);
	if (check_absolute_path(parts.v[1]))
		return check_absolute_path(parts.v[1]);
	return parts.v[1][strspn(parts.v[1], "/")] ? NULL : "cannot cover the root of the container";
}

const char *check_volume(const char *value)
{
	const char *path = strchr(value, ':');
	size_t n = path ? (size_t)(path - value) : 0;

	if (n == 0 || *value == '.' || memchr(value, '/', n))
		return "must be VOLUME:PATH, VOLUME the name of a directory";
	return check_absolute_path(path + 1);
}

/* --- network ------------------------------------------------------------------------------ */

static bool is_port_number(const char *s)
{
	uint64_t n;

	return parse_u64(s, 1, 65535, &n) == 0;
}

const char *check_port(const char *value)
{
	cleanup_strv struct strv parts = STRV_INIT;

	strv_split(&parts, value, ':');
	if (parts.n != 3 || check_choice(parts.v[0], "tcp udp") || !is_port_number(parts.v[1]) ||
	    !is_port_number(parts.v[2]))
		return "must be [tcp:|udp:]HOST[:CONTAINER], ports from 1 to 65535";
	return NULL;
}

static const char *check_interface(const char *value, size_t max)
{
	if (!*value)
		return "cannot be empty";
	if (!only_alnum_and(value, "-_"))
		return "may only contain letters, digits, '-' and '_'";
	return strlen(value) > max ? "is too long for the name of a network interface" : NULL;
}

const char *check_bridge(const char *value)
{
	return check_interface(value, IFNAMSIZ - 1);
}

const char *check_zone(const char *value)
{
	return check_interface(value, IFNAMSIZ - 1 - strlen("vz-"));
}

const char *check_registry(const char *value)
{
	if (!hostport_is_valid(value) ||
	    !(strpbrk(value, ".:") || streq(value, "localhost")))
		return "must be the name of a registry: HOST.DOMAIN, HOST:PORT or localhost";
	return NULL;
}

const char *check_mirror(const char *value)
{
	size_t n = strcspn(value, "/");
	cleanup_free char *host = xstrndup(value, n);
	cleanup_strv struct strv parts = STRV_INIT;

	if (check_registry(host))
		return "must be HOST[:PORT][/PREFIX], as HOST.DOMAIN, HOST:PORT or localhost";
	if (value[n])
		strv_split(&parts, value + n + 1, '/');
	STRV_FOREACH (part, &parts) {
		if (strspn(part, "abcdefghijklmnopqrstuvwxyz0123456789._-") != strlen(part) ||
		    strspn(part, "._-") == strlen(part))
			return "has a prefix that no repository can begin with";
	}
	return NULL;
}

/* --- security ----------------------------------------------------------------------------- */

const char *check_capability(const char *value)
{
	return capability_parse(value) < 0 ? "is no capability, see capabilities(7)" : NULL;
}

/* systemd.exec(5), SystemCallFilter=, as of systemd 257. */
static const char syscall_groups[] =
	"aio basic-io chown clock cpu-emulation debug default file-system io-event ipc keyring known memlock "
	"module mount network-io obsolete pkey privileged process raw-io reboot resources sandbox setuid "
	"signal swap sync system-service timer";

const char *check_syscall_filter(const char *value)
{
	const char *name = *value == '~' ? value + 1 : value;
	bool group = *name == '@';
	const char *word = group ? name + 1 : name;

	if (!*word)
		return "cannot be empty";
	if (group && check_choice(word, syscall_groups))
		return "is no group of system calls, see systemd-analyze syscall-filter";
	if (!only_alnum_and(word, group ? "-" : "_"))
		return "must be a system call or an @group, with '~' in front to deny it";
	return NULL;
}

const char *check_apparmor_profile(const char *value)
{
	if (!*value)
		return "cannot be empty";
	return only_alnum_and(value, "-_.") ? NULL : "may only contain letters, digits, '-', '_' and '.'";
}

static bool has_unit_suffix(const char *value)
{
	const char *dot = strrchr(value, '.');

	return dot && dot > value &&
	       !check_choice(dot + 1,
			     "service socket target device mount automount swap timer path slice scope");
}

const char *check_unit(const char *value)
{
	if (!has_unit_suffix(value) || *value == '.')
		return "must be a unit's name such as foo.service";
	if (!only_alnum_and(value, "-_.@:\\"))
		return "has characters that a unit's name cannot have";
	return strlen(value) > 255 ? "is too long for a unit's name" : NULL;
}

/* --- normal forms ------------------------------------------------------------------------- */

char *normal_port(const char *value)
{
	cleanup_free char *copy = xstrdup(value);
	const char *protocol = "tcp", *rest = copy, *container;
	char *slash = strchr(copy, '/'), *colon;

	if (slash) {
		*slash = '\0';
		protocol = slash + 1;
	} else if ((rest = after_prefix(copy, "udp:"))) {
		protocol = "udp";
	} else if (!(rest = after_prefix(copy, "tcp:"))) {
		rest = copy;
	}
	colon = strchr(copy + (rest - copy), ':');
	container = rest;
	if (colon) {
		*colon = '\0';
		container = colon + 1;
	}
	return xasprintf("%s:%s:%s", protocol, rest, container);
}

char *normal_capability(const char *value)
{
	char *s = strncasecmp(value, "cap_", 4) == 0 ? xstrdup(value) : xasprintf("CAP_%s", value);

	for (char *p = s; *p; p++)
		*p = is_lower(*p) ? (char)(*p - 'a' + 'A') : *p;
	return s;
}

char *normal_bind(const char *value)
{
	if (has_suffix(value, ":ro") || has_suffix(value, ":rw"))
		return xstrdup(value);
	return xasprintf("%s:rw", value);
}

static void to_lower(char *s, size_t n)
{
	for (; n > 0; s++, n--) {
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
	}
}

char *normal_registry(const char *value)
{
	char *s = xstrdup(value);

	to_lower(s, strlen(s));
	return s;
}

char *normal_mirror(const char *value)
{
	char *s = xstrdup(value);
	size_t n = strlen(s);

	to_lower(s, strcspn(s, "/"));
	while (n > 0 && s[n - 1] == '/')
		s[--n] = '\0';
	return s;
}

char *normal_path(const char *value)
{
	struct strbuf s = STRBUF_INIT;

	for (const char *p = value; *p; p++) {
		if (*p != '/' || (p[1] && p[1] != '/'))
			strbuf_add_char(&s, *p);
	}
	if (s.len == 0 && *value)
		strbuf_add_char(&s, '/');
	return strbuf_detach(&s);
}

char *normal_unit(const char *value)
{
	return !*value || has_unit_suffix(value) ? xstrdup(value) : xasprintf("%s.service", value);
}

char *normal_restart_policy(const char *value)
{
	if (!check_choice(value, "no No never Never"))
		return xstrdup("no");
	if (!check_choice(value, "on-failure OnFailure onfailure"))
		return xstrdup("on-failure");
	return xstrdup(value);
}

char *normal_boolean(const char *value)
{
	bool b;

	return parse_bool(value, &b) < 0 ? xstrdup(value) : xstrdup(b ? "yes" : "no");
}

/* --- lists -------------------------------------------------------------------------------- */

/* Blanks at the end of an item may be the end of a line, where readers of the file drop them. */
static const char list_blanks[] = "\n\r\t ", list_letters[] = "nrts";

static void format_item(struct strbuf *s, const char *item, char separator)
{
	for (const char *p = item; *p; p++) {
		const char *blank = strchr(list_blanks, *p);

		if (*p == '\n' || *p == '\r' || (blank && !p[1]))
			strbuf_addf(s, "\\%c", list_letters[blank - list_blanks]);
		else if (*p == separator || *p == '\\')
			strbuf_addf(s, "\\%c", *p);
		else
			strbuf_add_char(s, *p);
	}
}

char *list_format(const struct strv *list, char separator)
{
	struct strbuf s = STRBUF_INIT;
	bool first = true;

	STRV_FOREACH(item, list) {
		if (!first)
			strbuf_add_char(&s, separator);
		first = false;
		format_item(&s, item, separator);
	}
	return strbuf_detach(&s);
}

void list_parse(struct strv *list, const char *text, char separator)
{
	struct strbuf s = STRBUF_INIT;

	if (!*text)
		return;
	for (;; text++) {
		if (!*text || *text == separator) {
			strv_add_owned(list, strbuf_detach(&s));
			if (!*text)
				return;
		} else if (*text == '\\' && text[1]) {
			const char *letter = strchr(list_letters, *++text);

			strbuf_add_char(&s, letter ? list_blanks[letter - list_letters] : *text);
		} else {
			strbuf_add_char(&s, *text);
		}
	}
}
