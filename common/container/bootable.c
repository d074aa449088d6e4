/* SPDX-License-Identifier: MIT */
#include "container/bootable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strbuf.h"

/* A program of the tree: O_PATH, or a negative errno. */
static int open_program(int root_fd, const char *path)
{
	cleanup_close int fd = open_in_root(root_fd, path, O_PATH, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -ENOEXEC;
}

static bool has_any(int root_fd, const char *const *paths)
{
	for (; *paths; paths++) {
		cleanup_close int fd = open_program(root_fd, *paths);

		if (fd >= 0)
			return true;
	}
	return false;
}

/* --- NixOS -------------------------------------------------------------------------------- */

/* Each package is in a directory of its own whose name nobody can know: HASH-NAME-VERSION. */
static bool has_in_store(int root_fd, const char *word, const char *const *paths)
{
	cleanup_close int fd = open_in_root(root_fd, "nix/store", O_RDONLY | O_DIRECTORY, 0);
	cleanup_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	bool found = false;
	struct dirent *e;

	if (!dir)
		return false;
	(void)TAKE_FD(fd); /* the stream's now */
	while (!found && (e = readdir(dir))) {
		cleanup_free char *first = NULL, *second = NULL;

		if (e->d_name[0] == '.' || !strstr(e->d_name, word))
			continue;
		first = xasprintf("nix/store/%s/%s", e->d_name, paths[0]);
		second = xasprintf("nix/store/%s/%s", e->d_name, paths[1]);
		found = has_any(root_fd, (const char *const[]){ first, second, NULL });
	}
	return found;
}

static void read_nixos(int root_fd, struct bootable *b)
{
	static const char *const inits[] = { "sbin/init", "usr/sbin/init", NULL };
	static const char *const systemds[] = { "run/current-system/sw/bin/systemd",
						"run/current-system/sw/lib/systemd/systemd", NULL };
	static const char *const dbuses[] = { "run/current-system/sw/bin/dbus-daemon",
					      "run/current-system/sw/bin/dbus-broker", NULL };
	static const char *const store_systemds[] = { "lib/systemd/systemd", "bin/systemd", NULL };
	static const char *const store_dbuses[] = { "bin/dbus-daemon", "bin/dbus-broker", NULL };

	/* Its init sets the system up and then becomes systemd, so it takes both. */
	b->systemd |= has_any(root_fd, inits) && (has_any(root_fd, systemds) ||
						  has_in_store(root_fd, "systemd", store_systemds));
	b->dbus |= has_any(root_fd, dbuses) || has_in_store(root_fd, "dbus", store_dbuses);
}

/* ------------------------------------------------------------------------------------------ */

/* The path of what fd is, as the tree sees it; the caller frees. NULL when that cannot be told. */
static char *path_in_tree(int root_fd, int fd)
{
	char root[PATH_MAX], path[PATH_MAX];
	ssize_t n = readlink(fd_path(root_fd).path, root, sizeof(root) - 1);
	ssize_t m = readlink(fd_path(fd).path, path, sizeof(path) - 1);

	if (n < 0 || m < 0)
		return NULL;
	root[n] = path[m] = '\0';
	if (streq(root, "/"))
		return xstrdup(path);
	return after_prefix(path, root) && path[n] == '/' ? xstrdup(path + n) : NULL;
}

/* /sbin/init counts when it is systemd; else it is remembered for the message. */
static void read_init(int root_fd, struct bootable *b)
{
	cleanup_close int fd = open_program(root_fd, "sbin/init");
	cleanup_free char *path = fd < 0 ? NULL : path_in_tree(root_fd, fd);

	if (!path)
		return;
	if (has_suffix(path, "/systemd"))
		b->systemd = true;
	else
		b->init = TAKE_PTR(path);
}

void bootable_read(int root_fd, struct bootable *ret)
{
	static const char *const systemds[] = { "usr/lib/systemd/systemd", "lib/systemd/systemd",
						NULL };
	static const char *const dbuses[] = { "usr/bin/dbus-daemon",
					      "usr/bin/dbus-broker",
					      "usr/lib/dbus-1/dbus-daemon-launch-helper",
					      "usr/lib/dbus-1.0/dbus-daemon-launch-helper",
					      "usr/lib/dbus-daemon-launch-helper",
					      NULL };
	struct bootable b = { .family = family_read(root_fd) };

	b.systemd = has_any(root_fd, systemds);
	b.dbus = has_any(root_fd, dbuses);
	if (b.family == FAMILY_NIXOS)
		read_nixos(root_fd, &b);
	if (!b.systemd)
		read_init(root_fd, &b);
	*ret = b;
}

void bootable_done(struct bootable *b)
{
	replace_str(&b->init, NULL);
}

bool bootable_is(const struct bootable *b)
{
	return b->systemd && b->dbus;
}

char *bootable_lacks(const struct bootable *b)
{
	struct strbuf s = STRBUF_INIT;

	if (bootable_is(b))
		return NULL;
	if (!b->systemd)
		strbuf_add_str(&s, "no systemd");
	if (!b->systemd && b->init)
		strbuf_addf(&s, " (its /sbin/init is %s)",
			    streq(b->init, "/sbin/init") || streq(b->init, "/usr/sbin/init")
				    ? "another program"
				    : b->init);
	if (!b->dbus)
		strbuf_add_str(&s, b->systemd ? "no D-Bus" : " and no D-Bus");
	return strbuf_detach(&s);
}
