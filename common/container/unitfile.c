/* SPDX-License-Identifier: MIT */
#include "container/unitfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "host/unit.h"

#define SYSTEM_DIR "/etc/systemd/system"
#define TEMPLATE "sdme@.service"
/* Read before those of SetUnitProperties(), 50-*.conf: systemd, which appends them to what it has read,
 * holds a unit changed on disk when that is not the order of their names. */
#define DROP_IN "10-sdme.conf"
#define DATADIR_LINE "# Data directory: "
#define WANTS "multi-user.target.wants"
#define WRITER "a program in its build tree"
#define UNIT_FILE_MAX (64 * 1024)

/* data/sdme@.service.in, split where the two words go in. */
#include "unit-template.inc"

char *container_unit(const char *name)
{
	return xasprintf("sdme@%s.service", name);
}

/* Quote a word of ExecStart= (systemd.service(5), COMMAND LINES; specifiers in systemd.unit(5)). */
static void add_word(struct strbuf *s, const char *word)
{
	strbuf_add_char(s, '"');
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			strbuf_add_char(s, '\\');
		if (*word == '%' || *word == '$')
			strbuf_add_char(s, *word);
		strbuf_add_char(s, *word);
	}
	strbuf_add_char(s, '"');
}

/* The program's own path, or NULL when it is the installed one. */
static char *build_tree_program(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return streq(path, BINDIR "/sdme") ? NULL : xstrdup(path);
}

static char *template_text(const char *program)
{
	struct strbuf s = STRBUF_INIT;

	strbuf_addf(&s, "%s%s%s", unit_template_head, WRITER, unit_template_middle);
	add_word(&s, program);
	strbuf_addf(&s, " boot%s", unit_template_tail);
	return strbuf_detach(&s);
}

static int open_system_dir(void)
{
	int fd = open(SYSTEM_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? log_error_errno(-errno, "cannot open '%s'", SYSTEM_DIR) : fd;
}

/* 1 when it was changed. */
static int write_if_different(int dir_fd, const char *name, const char *text)
{
	cleanup_free char *old = NULL;
	int r = read_file_at(dir_fd, name, UNIT_FILE_MAX, &old);

	if (r >= 0 && streq(old, text))
		return 0;
	r = write_file_atomic_at(dir_fd, name, text, 0644, 0);
	if (r < 0)
		return log_error_errno(r, "cannot write the unit file '%s'", name);
	log_debug("wrote the unit file '%s'", name);
	return 1;
}

int unitfile_ensure_template(sd_bus *bus)
{
	cleanup_free char *program = build_tree_program(), *text = NULL, *old = NULL;
	cleanup_close int dir_fd = open_system_dir();
	int r;

	if (dir_fd < 0)
		return dir_fd;
	remove_stale_temps(dir_fd, TEMPLATE);
	if (program) {
		text = template_text(program);
		r = write_if_different(dir_fd, TEMPLATE, text);
	} else {
		r = read_file_at(dir_fd, TEMPLATE, UNIT_FILE_MAX, &old);
		r = r >= 0 && strstr(old, WRITER) && unlinkat(dir_fd, TEMPLATE, 0) == 0;
	}
	return r > 0 ? unit_reload_all(bus) : r;
}

static char *drop_in_text(const struct store *s, const struct container *c)
{
	struct strbuf text = STRBUF_INIT;

	if (c->restart_policy && !streq(c->restart_policy, "no"))
		strbuf_addf(&text, "Restart=%s\nRestartSec=%s\n", c->restart_policy,
			    c->restart_sec ? c->restart_sec : "2");
	if (!streq(s->config.path, CONFIG_PATH)) {
		cleanup_free char *path = realpath(s->config.path, NULL);
		cleanup_free char *setting = xasprintf("SDME_CONFIG=%s", path ? path : s->config.path);

		strbuf_add_str(&text, "Environment=");
		add_word(&text, setting);
		strbuf_add_char(&text, '\n');
	}
	return strbuf_detach(&text);
}

/* Ours alone: the directory may hold what an administrator wrote ("systemctl edit"). 1 when it went. */
static int remove_drop_in(int dir_fd, const char *drop_in_dir)
{
	cleanup_free char *path = xasprintf("%s/" DROP_IN, drop_in_dir);

	if (unlinkat(dir_fd, path, 0) < 0)
		return errno == ENOENT || errno == ENOTDIR ?
			       0 : log_error_errno(-errno, "cannot remove '%s/%s'", SYSTEM_DIR, path);
	log_debug("removed '%s/%s'", SYSTEM_DIR, path);
	(void)unlinkat(dir_fd, drop_in_dir, AT_REMOVEDIR); /* stays when there is more in it */
	return 1;
}

/* Of the usual configuration. */
static char *default_datadir(const struct store *s)
{
	cleanup_config struct config config = { 0 };
	char *path;

	if (streq(s->config.path, CONFIG_PATH) || config_load(NULL, &config) < 0)
		return store_path(s);
	path = realpath(config.datadir, NULL);
	return path ? path : xstrdup(config.datadir);
}

char *unitfile_datadir(const struct store *s, const char *name)
{
	cleanup_free char *path = xasprintf(SYSTEM_DIR "/sdme@%s.service.d/" DROP_IN, name), *text = NULL;
	const char *line = NULL;

	if (read_file_at(AT_FDCWD, path, UNIT_FILE_MAX, &text) >= 0)
		line = strstr(text, DATADIR_LINE);
	if (!line)
		return default_datadir(s);
	line += strlen(DATADIR_LINE);
	return xstrndup(line, strcspn(line, "\n"));
}

bool unitfile_is_enabled(const char *name)
{
	cleanup_free char *link = xasprintf(SYSTEM_DIR "/" WANTS "/sdme@%s.service", name);
	struct stat st;

	return lstat(link, &st) == 0;
}

int unitfile_ensure_drop_in(sd_bus *bus, const struct store *s, const struct container *c)
{
	cleanup_free char *dir_name = xasprintf("sdme@%s.service.d", c->name);
	cleanup_free char *settings = drop_in_text(s, c), *datadir = store_path(s), *text = NULL;
	cleanup_close int system_fd = open_system_dir(), dir_fd = -1;
	int r;

	if (system_fd < 0)
		return system_fd;
	if (!*settings) {
		r = remove_drop_in(system_fd, dir_name);
		return r > 0 ? unit_reload_all(bus) : r;
	}
	text = xasprintf("# Made from the state of the container; do not edit.\n" DATADIR_LINE "%s\n[Service]\n%s",
			 datadir, settings);
	r = ensure_dir_at(system_fd, dir_name, 0755);
	if (r < 0)
		return log_error_errno(r, "cannot make '%s/%s'", SYSTEM_DIR, dir_name);
	dir_fd = openat(system_fd, dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return log_error_errno(-errno, "cannot open '%s/%s'", SYSTEM_DIR, dir_name);
	r = write_if_different(dir_fd, DROP_IN, text);
	return r > 0 ? unit_reload_all(bus) : r;
}

int unitfile_remove(const char *name, bool *ret_changed)
{
	/* Drop-ins of ours, of SetUnitProperties() for now, and of "systemctl set-property". */
	static const char *const dirs[] = {
		SYSTEM_DIR,
		"/run/systemd/system.control",
		"/etc/systemd/system.control",
		"/run/systemd/system",
	};
	cleanup_free char *drop_in = xasprintf("sdme@%s.service.d", name);
	cleanup_free char *wants = xasprintf(WANTS "/sdme@%s.service", name);
	bool changed = false;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		cleanup_close int fd = open(dirs[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int r;

		if (fd < 0 || !exists_at(fd, drop_in))
			continue;
		r = rmtree_at(fd, drop_in);
		if (r < 0)
			return log_error_errno(r, "cannot remove '%s/%s'", dirs[i], drop_in);
		changed = true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		cleanup_free char *path = xasprintf("%s/%s", dirs[i], wants);

		if (unlink(path) == 0)
			changed = true;
	}
	*ret_changed = changed;
	return 0;
}
