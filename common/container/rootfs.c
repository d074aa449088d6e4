/* SPDX-License-Identifier: MIT */
#include "container/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/parse.h"
#include "container/osrelease.h"
#include "container/value.h"
#include "host/overlay.h"

/* --- meta --------------------------------------------------------------------------------- */

static int read_meta_file(const struct store *s, const char *file, struct kvfile *ret)
{
	cleanup_kvfile struct kvfile kv = KVFILE_INIT;
	cleanup_free char *text = NULL;
	unsigned line;
	int r = read_file_at(s->fs_fd, file, KVFILE_MAX, &text);

	if (r >= 0)
		r = kvfile_parse(&kv, text, &line);
	if (r < 0)
		return r;
	*ret = kv;
	kv = (struct kvfile)KVFILE_INIT;
	return 0;
}

/* True if the meta belongs to the tree that is there now. */
static bool describes_tree(const struct store *s, const char *name, const struct kvfile *meta)
{
	const char *tree = kvfile_get(meta, "TREE");
	struct stat st;
	uint64_t ino;

	return tree && parse_u64(tree, 0, UINT64_MAX, &ino) >= 0 &&
	       fstatat(s->fs_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == ino;
}

int rootfs_read_new_meta(const struct store *s, const char *name, struct kvfile *ret)
{
	cleanup_free char *file = xasprintf(".%s.meta.new", name);
	int r = read_meta_file(s, file, ret);

	if (r < 0 || describes_tree(s, name, ret))
		return r;
	kvfile_done(ret);
	return -ENOENT;
}

int rootfs_read_meta(const struct store *s, const char *name, struct kvfile *ret)
{
	cleanup_free char *file = xasprintf(".%s.meta", name);
	int r;

	if (rootfs_read_new_meta(s, name, ret) >= 0)
		return 0;
	r = read_meta_file(s, file, ret);
	return r == -ENOENT ? 0 : r;
}

const char *rootfs_meta_base(const struct kvfile *meta)
{
	const char *base = kvfile_get(meta, "BASE");

	return base && *base ? base : NULL;
}

void rootfs_meta_apps(const struct kvfile *meta, struct strv *names)
{
	for (size_t i = 0; i < meta->n; i++) {
		const char *name = after_prefix(meta->pairs[i].key, "APP."), *dot = name ? strchr(name, '.') : NULL;

		if (dot && streq(dot, ".SOURCE"))
			strv_add_owned(names, xstrndup(name, (size_t)(dot - name)));
	}
}

/* --- layers ------------------------------------------------------------------------------- */

/* Never through a link: a name in fs/ cannot stand for a place outside. */
static int open_tree_dir(const struct store *s, const char *name)
{
	int fd;

	if (check_name(name) || s->fs_fd < 0)
		return -ENOENT;
	fd = openat(s->fs_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? -ENOENT : -errno;
	return fd;
}

static int log_missing(int r, const char *name)
{
	if (r == -ENOENT)
		return log_error_code(r, "there is no root filesystem '%s' (see 'sdme fs ls')", name);
	return log_error_errno(r, "cannot open the root filesystem '%s'", name);
}

static void close_all(const int fds[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* *ret_base: the caller frees; NULL when it has none. Logs. */
static int read_base(const struct store *s, const char *name, char **ret_base)
{
	cleanup_kvfile struct kvfile meta = KVFILE_INIT;
	int r = rootfs_read_meta(s, name, &meta);

	if (r < 0)
		return log_error_code(r, "what is known of root filesystem '%s' cannot be read (%s/fs/.%s.meta)",
				      name, s->config.datadir, name);
	*ret_base = xstrdup_null(rootfs_meta_base(&meta));
	return 0;
}

int rootfs_layers(const struct store *s, const char *name, int fds[], size_t n)
{
	cleanup_free char *current = xstrdup(name);
	size_t i = 0;
	int r;

	do {
		cleanup_free char *base = NULL;

		if (i == n) {
			/* A loop never ends either. */
			r = log_error_code(-ELOOP, "root filesystem '%s' has more than %zu bases, or is its own base",
					   name, n - 1);
			break;
		}
		r = open_tree_dir(s, current);
		if (r < 0) {
			r = log_missing(r, current);
			break;
		}
		fds[i++] = r;
		r = read_base(s, current, &base);
		free(current);
		current = TAKE_PTR(base);
	} while (r >= 0 && current);
	if (r < 0) {
		close_all(fds, i);
		return r;
	}
	return (int)i;
}

int rootfs_view(const struct store *s, const char *name)
{
	int fds[OVERLAY_LOWER_MAX], fd;
	int n = rootfs_layers(s, name, fds, OVERLAY_LOWER_MAX);

	if (n < 0)
		return n;
	if (n == 1) {
		/* One that can be read, in place of the O_PATH one. */
		fd = openat(fds[0], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	} else {
		fd = overlay_mount(fds, (size_t)n, -1, -1);
	}
	close_all(fds, (size_t)n);
	return fd < 0 ? log_error_errno(fd, "cannot open the root filesystem '%s'", name) : fd;
}

/* --- lists -------------------------------------------------------------------------------- */

int rootfs_check(const struct store *s, const char *name)
{
	cleanup_close int fd = open_tree_dir(s, name);

	return fd < 0 ? log_missing(fd, name) : 0;
}

int rootfs_list(const struct store *s, struct strv *names)
{
	cleanup_strv struct strv all = STRV_INIT;
	int r = store_list(s->fs_fd, &all);

	if (r < 0)
		return log_error_errno(r, "cannot list the root filesystems in '%s'", s->config.datadir);
	STRV_FOREACH(name, &all) {
		cleanup_close int fd = open_tree_dir(s, name);

		if (fd >= 0)
			strv_add(names, name);
	}
	return 0;
}

char *rootfs_os(const struct store *s, const char *name)
{
	cleanup_kvfile struct kvfile meta = KVFILE_INIT;
	cleanup_osrelease struct osrelease os = OSRELEASE_INIT;
	cleanup_close int fd = -1;
	const char *distro;

	if (rootfs_read_meta(s, name, &meta) >= 0 && (distro = kvfile_get(&meta, "DISTRO")))
		return xstrdup(*distro ? distro : "unknown");
	/* No meta, so no base: the directory is the tree. */
	fd = open_tree_dir(s, name);
	if (fd < 0 || osrelease_read(fd, &os) < 0 || !os.pretty_name || !*os.pretty_name)
		return xstrdup("unknown");
	return TAKE_PTR(os.pretty_name);
}

/* Looks at lines, so that a state with a wrong value elsewhere still protects its root. The caller
 * frees; NULL when it has none or that cannot be told. */
static char *state_rootfs(const struct store *s, const char *container)
{
	cleanup_free char *text = NULL;

	if (read_file_at(s->state_fd, container, KVFILE_MAX, &text) < 0)
		return NULL;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *value;

		line += strspn(line, " \t\r\n");
		value = after_prefix(line, "ROOTFS=");
		if (value)
			return xstrndup(value, strcspn(value, " \t\r\n"));
	}
	return NULL;
}

int rootfs_read_uses(const struct store *s, struct rootfs_uses *ret)
{
	cleanup_strv struct strv all = STRV_INIT;
	int r = store_list(s->state_fd, &all);

	if (r < 0)
		return log_error_errno(r, "cannot list the containers in '%s'", s->config.datadir);
	STRV_FOREACH(container, &all) {
		char *root = state_rootfs(s, container);

		if (!root)
			continue;
		strv_add(&ret->containers, container);
		strv_add_owned(&ret->roots, root);
	}
	return 0;
}

void rootfs_used_by(const struct rootfs_uses *uses, const char *name, struct strv *containers)
{
	for (size_t i = 0; i < uses->roots.n; i++) {
		if (streq(uses->roots.v[i], name))
			strv_add(containers, uses->containers.v[i]);
	}
}

void rootfs_uses_done(struct rootfs_uses *uses)
{
	strv_done(&uses->containers);
	strv_done(&uses->roots);
}

/* The caller frees; NULL when it has none or that cannot be told. Silent. */
static char *base_of(const struct store *s, const char *name)
{
	cleanup_kvfile struct kvfile meta = KVFILE_INIT;

	if (rootfs_read_meta(s, name, &meta) < 0)
		return NULL;
	return xstrdup_null(rootfs_meta_base(&meta));
}

void rootfs_sort_for_removal(const struct store *s, struct strv *names)
{
	struct strv sorted = STRV_INIT;

	while (names->n > 0) {
		cleanup_strv struct strv bases = STRV_INIT, rest = STRV_INIT;
		size_t before = sorted.n;

		STRV_FOREACH(name, names) {
			cleanup_free char *base = base_of(s, name);

			if (base)
				strv_add(&bases, base);
		}
		STRV_FOREACH(name, names)
			strv_add(strv_contains(&bases, name) ? &rest : &sorted, name);
		if (sorted.n == before) { /* they are each other's base: damaged, any order will do */
			strv_add_all(&sorted, &rest);
			strv_done(&rest);
		}
		strv_done(names);
		*names = rest;
		rest = (struct strv)STRV_INIT;
	}
	*names = sorted;
}

int rootfs_check_unused(const struct store *s, const char *name)
{
	cleanup_rootfs_uses struct rootfs_uses uses = ROOTFS_USES_INIT;
	cleanup_strv struct strv users = STRV_INIT, all = STRV_INIT;
	int r = rootfs_read_uses(s, &uses);

	rootfs_used_by(&uses, name, &users);
	if (users.n > 0)
		return log_error_code(-EBUSY, "fs '%s' is in use by container '%s'", name, users.v[0]);
	if (r >= 0)
		r = rootfs_list(s, &all);
	if (r < 0)
		return r;
	STRV_FOREACH(other, &all) {
		cleanup_free char *base = base_of(s, other);

		if (base && streq(base, name))
			return log_error_code(-EBUSY, "fs '%s' is the base of fs '%s'", name, other);
	}
	return 0;
}
